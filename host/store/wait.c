/* SPDX-License-Identifier: Apache-2.0 */
/* The blocking forms of the store's operations, on top of those with callbacks. */
#include "store/store.h"

#include <pthread.h>

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool done;
    struct error *err;
    struct job_record *record, **records;
    size_t count;
    struct store_kept kept;
};
#define WAITER_INIT                                                                                \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .answered = PTHREAD_COND_INITIALIZER                    \
    }

static void answer_list(void *context, struct error *err, struct job_record **records, size_t count)
{
    struct waiter *waiter = context;

    (void)pthread_mutex_lock(&waiter->lock);
    waiter->err = err;
    waiter->records = records;
    waiter->count = count;
    waiter->done = true;
    (void)pthread_cond_signal(&waiter->answered);
    (void)pthread_mutex_unlock(&waiter->lock);
}

static void answer_record(void *context, struct error *err, struct job_record *record)
{
    ((struct waiter *)context)->record = record;
    answer_list(context, err, NULL, 0);
}

static void answer_done(void *context, struct error *err)
{
    answer_list(context, err, NULL, 0);
}

static void answer_kept(void *context, struct error *err, const struct store_kept *kept)
{
    ((struct waiter *)context)->kept = *kept;
    answer_list(context, err, NULL, 0);
}

static struct error *wait_for(struct waiter *waiter)
{
    (void)pthread_mutex_lock(&waiter->lock);
    while (!waiter->done)
        (void)pthread_cond_wait(&waiter->answered, &waiter->lock);
    (void)pthread_mutex_unlock(&waiter->lock);
    (void)pthread_cond_destroy(&waiter->answered);
    (void)pthread_mutex_destroy(&waiter->lock);
    return waiter->err;
}

struct error *store_wait_insert(struct store *store, struct job_record *record,
                                struct job_record **stored)
{
    struct waiter waiter = WAITER_INIT;

    store_insert(store, record, answer_record, &waiter);
    struct error *err = wait_for(&waiter);
    *stored = waiter.record;
    return err;
}

struct error *store_wait_change(struct store *store, const struct store_change *change,
                                struct job_record **record)
{
    struct waiter waiter = WAITER_INIT;

    store_change(store, change, answer_record, &waiter);
    struct error *err = wait_for(&waiter);
    *record = waiter.record;
    return err;
}

struct error *store_wait_get(struct store *store, const char *job_id, struct job_record **record)
{
    struct waiter waiter = WAITER_INIT;

    store_get(store, job_id, answer_record, &waiter);
    struct error *err = wait_for(&waiter);
    *record = waiter.record;
    return err;
}

struct error *store_wait_list(struct store *store, const struct store_query *query,
                              struct job_record ***records, size_t *count)
{
    struct waiter waiter = WAITER_INIT;

    store_list(store, query, answer_list, &waiter);
    struct error *err = wait_for(&waiter);
    *records = waiter.records;
    *count = waiter.count;
    return err;
}

struct error *store_wait_kept(struct store *store, struct store_kept *kept)
{
    struct waiter waiter = WAITER_INIT;

    store_kept(store, answer_kept, &waiter);
    struct error *err = wait_for(&waiter);
    *kept = waiter.kept;
    return err;
}

struct error *store_wait_delete(struct store *store, const char *job_id)
{
    struct waiter waiter = WAITER_INIT;

    store_delete(store, job_id, answer_done, &waiter);
    return wait_for(&waiter);
}
