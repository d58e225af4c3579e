/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "base/log.h"
#include "store/batch.h"
#include "store/data_folder.h"
#include "store/op.h"
#include "store/schema.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One transaction holds at most this many operations, so that the first caller of a
 * burst is not kept waiting for the last. */
enum { BATCH_MAX = 512 };
/* From this size of the log on its content goes into the database's file. */
enum { CHECKPOINT_PAGES = 1000 };
/* How long a store that could not write waits before it tries by itself. */
enum { TRY_AGAIN_SECONDS = 1 };

struct store {
    char owner[SCHEMA_OWNER_BYTES];
    int lock_fd;
    sqlite3 *database; /* these two: of the thread, once it runs */
    struct batch_runner *runner;
    pthread_t thread;
    bool thread_runs;

    pthread_mutex_t lock; /* all below */
    pthread_cond_t work;  /* on the monotonic clock */
    struct op *first, **last;
    bool closing;
    struct error *health; /* NULL: the last write worked */
};

/* ---- the thread ---- */

static bool wait_for_work(struct store *store)
{
    struct timespec deadline;

    (void)clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += TRY_AGAIN_SECONDS;
    while (store->first == NULL && !store->closing) {
        if (store->health == NULL)
            (void)pthread_cond_wait(&store->work, &store->lock);
        else if (pthread_cond_timedwait(&store->work, &store->lock, &deadline) == ETIMEDOUT)
            return false;
    }
    return true;
}

/* Up to BATCH_MAX operations, taken off the queue. */
static struct op *take_batch(struct store *store)
{
    struct op *batch = store->first, **end = &store->first;

    for (int i = 0; i < BATCH_MAX && *end != NULL; i++)
        end = &(*end)->next;
    store->first = *end;
    *end = NULL;
    if (store->first == NULL)
        store->last = &store->first;
    return batch;
}

static void remember(struct store *store, enum batch_result result, struct error *failure)
{
    if (result == BATCH_READ_ONLY)
        return;
    (void)pthread_mutex_lock(&store->lock);
    struct error *before = store->health;
    store->health = failure;
    (void)pthread_mutex_unlock(&store->lock);
    if (before == NULL && failure != NULL)
        log_error("%s", failure->message);
    else if (before != NULL && failure == NULL)
        log_info("The store can be written again.");
    error_free(before);
}

static void run_batch(struct store *store, struct op *first)
{
    struct error *failure;
    enum batch_result result = batch_run(store->runner, first, &failure);

    remember(store, result, failure);
    while (first != NULL) {
        struct op *op = first;

        first = op->next;
        op_answer(op);
        op_free(op);
    }
}

/* Readiness follows health: without this, a host that is sent no more jobs because its
 * disk was full would never find out that it no longer is. */
static void try_to_recover(struct store *store)
{
    struct error *failure;
    enum batch_result result = batch_try_write(store->runner, &failure);

    remember(store, result, failure);
}

static void *store_thread(void *argument)
{
    struct store *store = argument;

    for (;;) {
        (void)pthread_mutex_lock(&store->lock);
        bool has_work = wait_for_work(store);
        struct op *batch = take_batch(store);
        (void)pthread_mutex_unlock(&store->lock);

        if (batch != NULL)
            run_batch(store, batch);
        else if (has_work)
            return NULL; /* closing, and nothing is left */
        else
            try_to_recover(store);
    }
}

/* In place of SQLite's own: the file is left as it is while somebody copies it, so that the log
 * holds all that a copy of the file may lack (copy.c). */
static int checkpoint(void *context, sqlite3 *database, const char *name, int pages)
{
    const struct store *store = context;

    if (pages >= CHECKPOINT_PAGES && !data_folder_is_kept_still(store->lock_fd))
        (void)sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK; /* what cannot be done now is done after a later commit */
}

/* ---- opening and closing ---- */

static struct store *store_new(void)
{
    struct store *store = calloc(1, sizeof(*store));
    pthread_condattr_t monotonic;

    if (store == NULL)
        return NULL;
    store->lock_fd = -1;
    store->last = &store->first;
    (void)pthread_mutex_init(&store->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&store->work, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return store;
}

static struct error *start_thread(struct store *store)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&store->thread, NULL, store_thread, store);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0)
        return error_errno(result, "Cannot start the store's thread");
    (void)pthread_setname_np(store->thread, "store");
    store->thread_runs = true;
    return NULL;
}

static struct error *open_parts(struct store *store, const char *data_dir)
{
    char *path = NULL;
    struct error *err = data_folder_take(data_dir, &store->lock_fd);

    if (err != NULL)
        return err;
    if (asprintf(&path, "%s/store.db", data_dir) < 0)
        return error_errno(ENOMEM, "Cannot open the store");
    err = schema_open(path, &store->database);
    free(path);
    if (err == NULL)
        (void)sqlite3_wal_hook(store->database, checkpoint, store);
    if (err == NULL)
        err = schema_owner(store->database, store->owner);
    if (err == NULL)
        err = batch_runner_new(store->database, &store->runner);
    return err == NULL ? start_thread(store) : err;
}

struct error *store_open(const char *data_dir, struct store **store)
{
    *store = store_new();
    if (*store == NULL)
        return error_errno(ENOMEM, "Cannot open the store");
    struct error *err = open_parts(*store, data_dir);
    if (err != NULL) {
        store_close(*store);
        *store = NULL;
    }
    return err;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    (void)pthread_mutex_lock(&store->lock);
    store->closing = true;
    (void)pthread_cond_signal(&store->work);
    (void)pthread_mutex_unlock(&store->lock);
    if (store->thread_runs)
        (void)pthread_join(store->thread, NULL);
    batch_runner_free(store->runner);
    (void)sqlite3_close(store->database);
    if (store->lock_fd >= 0)
        (void)close(store->lock_fd);
    (void)pthread_cond_destroy(&store->work);
    (void)pthread_mutex_destroy(&store->lock);
    error_free(store->health);
    free(store);
}

const char *store_owner(const struct store *store)
{
    return store->owner;
}

struct error *store_health(struct store *store)
{
    struct error *copy = NULL;

    (void)pthread_mutex_lock(&store->lock);
    if (store->health != NULL)
        copy = error_new(store->health->kind, NULL, "%s", store->health->message);
    (void)pthread_mutex_unlock(&store->lock);
    return copy;
}

/* ---- operations ---- */

static void enqueue(struct store *store, struct op *op)
{
    (void)pthread_mutex_lock(&store->lock);
    *store->last = op;
    store->last = &op->next;
    (void)pthread_cond_signal(&store->work);
    (void)pthread_mutex_unlock(&store->lock);
}

static struct error *no_memory(void)
{
    return error_errno(ENOMEM, "Cannot ask the store");
}

static void submit(struct store *store, struct op *op, store_record_fn done, void *context)
{
    if (op == NULL) {
        done(context, no_memory(), NULL);
        return;
    }
    op->reply.record = done;
    op->context = context;
    enqueue(store, op);
}

void store_insert(struct store *store, struct job_record *record, store_record_fn done,
                  void *context)
{
    struct op *op = op_insert(record);

    if (op == NULL)
        job_record_free(record);
    submit(store, op, done, context);
}

void store_change(struct store *store, const struct store_change *change, store_record_fn done,
                  void *context)
{
    submit(store, op_change(change), done, context);
}

void store_get(struct store *store, const char *job_id, store_record_fn done, void *context)
{
    submit(store, op_for_job(OP_GET, job_id), done, context);
}

void store_delete(struct store *store, const char *job_id, store_done_fn done, void *context)
{
    struct op *op = op_for_job(OP_DELETE, job_id);

    if (op == NULL) {
        done(context, no_memory());
        return;
    }
    op->reply.done = done;
    op->context = context;
    enqueue(store, op);
}

void store_list(struct store *store, const struct store_query *query, store_list_fn done,
                void *context)
{
    struct op *op = op_list(query);

    if (op == NULL) {
        done(context, no_memory(), NULL, 0);
        return;
    }
    op->reply.list = done;
    op->context = context;
    enqueue(store, op);
}

void store_kept(struct store *store, store_kept_fn done, void *context)
{
    static const struct store_kept nothing;
    struct op *op = op_kept();

    if (op == NULL) {
        done(context, no_memory(), &nothing);
        return;
    }
    op->reply.kept = done;
    op->context = context;
    enqueue(store, op);
}

void store_list_free(struct job_record **records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        job_record_free(records[i]);
    free(records);
}
