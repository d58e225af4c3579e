/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of jobs that wait for a start: by priority, then by age.  Pure data
 * structure (binary heaps, one pair per runtime); the caller locks and sets the bound. */
#ifndef MAPS_HOST_JOB_QUEUE_H
#define MAPS_HOST_JOB_QUEUE_H

#include "job/record.h"

#include <stddef.h>

struct job_queue;

struct job_queue *job_queue_new(void);
void job_queue_free(struct job_queue *queue);
size_t job_queue_length(const struct job_queue *queue);
/* not_before_ms: monotonic; the entry is passed over until then (backoff).
 * 0, or -ENOMEM. */
int job_queue_push(struct job_queue *queue, const char *job_id, const char *runtime, int priority,
                   int64_t sequence, int64_t not_before_ms);
/* Takes the best entry that is due and whose runtime `may_start` allows; true if there
 * was one.  *next_due_ms: when to look again for a backoff (INT64_MAX: no need). */
bool job_queue_pop(struct job_queue *queue, int64_t now_ms,
                   bool (*may_start)(void *context, const char *runtime), void *context,
                   char job_id[static JOB_ID_BYTES], int64_t *next_due_ms);
bool job_queue_remove(struct job_queue *queue, const char *job_id);
/* Jobs of the same runtime that rank before this one (backoff does not count: it is
 * short); -1 if it is not queued. */
long job_queue_position(const struct job_queue *queue, const char *job_id);

#endif
