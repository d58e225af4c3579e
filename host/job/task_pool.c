/* SPDX-License-Identifier: Apache-2.0 */
#include "job/task_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct task {
    struct task *next;
    task_fn run;
    void *context;
};

struct task_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct task *first, **last;
    bool stopping;
    unsigned thread_count;
    pthread_t threads[];
};

static struct task *take(struct task_pool *pool)
{
    struct task *task;

    (void)pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->stopping)
        (void)pthread_cond_wait(&pool->work, &pool->lock);
    task = pool->first;
    if (task != NULL) {
        pool->first = task->next;
        if (pool->first == NULL)
            pool->last = &pool->first;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return task;
}

static void *work(void *arg)
{
    struct task_pool *pool = arg;
    struct task *task;

    while ((task = take(pool)) != NULL) {
        task->run(task->context);
        free(task);
    }
    return NULL;
}

struct task_pool *task_pool_new(unsigned threads)
{
    struct task_pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pthread_t));

    if (pool == NULL)
        return NULL;
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->work, NULL);
    pool->last = &pool->first;
    for (; pool->thread_count < threads; pool->thread_count++)
        if (pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) != 0)
            break;
    if (pool->thread_count == 0) {
        task_pool_free(pool);
        return NULL;
    }
    return pool;
}

void task_pool_free(struct task_pool *pool)
{
    if (pool == NULL)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    (void)pthread_cond_broadcast(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        (void)pthread_join(pool->threads[i], NULL);
    (void)pthread_cond_destroy(&pool->work);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

int task_pool_add(struct task_pool *pool, task_fn run, void *context)
{
    struct task *task = malloc(sizeof(*task));

    if (task == NULL)
        return -ENOMEM;
    *task = (struct task){ .run = run, .context = context };
    (void)pthread_mutex_lock(&pool->lock);
    *pool->last = task;
    pool->last = &task->next;
    (void)pthread_cond_signal(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
    return 0;
}
