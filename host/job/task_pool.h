/* SPDX-License-Identifier: Apache-2.0 */
/* A few threads for work that touches the disk and must not hold up the HTTP or store
 * thread: admission, removal of folders, paying cleanup debts. */
#ifndef MAPS_HOST_JOB_TASK_POOL_H
#define MAPS_HOST_JOB_TASK_POOL_H

struct task_pool;

typedef void (*task_fn)(void *context);

/* NULL: out of memory or threads. */
struct task_pool *task_pool_new(unsigned threads);
/* Runs what is queued, then ends the threads.  NULL is fine. */
void task_pool_free(struct task_pool *pool);
/* 0, or -ENOMEM. */
int task_pool_add(struct task_pool *pool, task_fn run, void *context);

#endif
