/* SPDX-License-Identifier: Apache-2.0 */
/* One look at what ended jobs keep: those that have ended since the last are measured, those over
 * the limits forgotten.  In batches, so that neither memory nor the store's transactions grow
 * with the number of jobs. */
#include "base/clock.h"
#include "job/jobs_rooms.h"
#include "job/retention.h"

#include <stdlib.h>

/* So few that a submission in the same transaction hardly waits. */
enum { BATCH = 32 };

struct pass {
    struct jobs *jobs;
    struct retention_limits limits;
    int64_t now_ms;
    int64_t after_ms, after_sequence; /* how far it has come */
    struct store_kept stuck;          /* what should have gone and could not */
    struct error *err;                /* the first */
};

/* ---- several operations of the store at once ---- */

struct gather {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    size_t missing;
};
struct answer {
    struct gather *gather;
    struct error *err;
};

static void take_done(void *context, struct error *err)
{
    struct answer *answer = context;
    struct gather *gather = answer->gather;

    (void)pthread_mutex_lock(&gather->lock);
    answer->err = err;
    gather->missing--;
    (void)pthread_cond_signal(&gather->answered);
    (void)pthread_mutex_unlock(&gather->lock);
}

static void take_record(void *context, struct error *err, struct job_record *record)
{
    job_record_free(record);
    take_done(context, err);
}

static void gather_begin(struct gather *gather, struct answer answers[static BATCH], size_t count)
{
    (void)pthread_mutex_init(&gather->lock, NULL);
    (void)pthread_cond_init(&gather->answered, NULL);
    gather->missing = count;
    for (size_t i = 0; i < count; i++)
        answers[i] = (struct answer){ gather, NULL };
}

static void gather_end(struct gather *gather)
{
    (void)pthread_mutex_lock(&gather->lock);
    while (gather->missing > 0)
        (void)pthread_cond_wait(&gather->answered, &gather->lock);
    (void)pthread_mutex_unlock(&gather->lock);
    (void)pthread_cond_destroy(&gather->answered);
    (void)pthread_mutex_destroy(&gather->lock);
}

/* ---- measuring ---- */

static bool is_stopping(struct jobs *jobs)
{
    jobs_lock(jobs);
    bool stopping = jobs->stopping;
    jobs_unlock(jobs);
    return stopping;
}

static struct error *measure_batch(struct jobs *jobs, struct job_record *const *records,
                                   size_t count)
{
    struct store_change change = { .from = ~0u, .to = -1, .set = STORE_SET_KEPT_BYTES };
    struct answer answers[BATCH];
    struct gather gather;
    struct error *first = NULL;

    gather_begin(&gather, answers, count);
    for (size_t i = 0; i < count; i++) {
        change.job_id = records[i]->id;
        change.values.kept_bytes = (int64_t)folder_measure(jobs->folders, records[i]->id);
        store_change(jobs->store, &change, take_record, &answers[i]);
    }
    gather_end(&gather);
    for (size_t i = 0; i < count; i++) {
        bool matters = answers[i].err != NULL && answers[i].err->kind != ERROR_NOT_FOUND;
        if (matters && first == NULL)
            first = answers[i].err;
        else
            error_free(answers[i].err);
    }
    return first;
}

/* Those that have ended since the last look, and those of an older version of the host. */
static struct error *measure(struct jobs *jobs)
{
    const struct store_query query = { .unmeasured = true, .limit = BATCH };
    size_t count = BATCH;
    struct error *err = NULL;

    while (err == NULL && count == BATCH && !is_stopping(jobs)) {
        struct job_record **records = NULL;

        err = store_wait_list(jobs->store, &query, &records, &count);
        if (err == NULL)
            err = measure_batch(jobs, records, count);
        store_list_free(records, count);
    }
    return err;
}

/* ---- forgetting ---- */

static void stick(struct pass *pass, const struct job_record *record, struct error *err)
{
    struct store_kept one = retention_one(record);

    pass->stuck.jobs += one.jobs;
    pass->stuck.bytes += one.bytes;
    if (pass->err == NULL)
        pass->err = err;
    else
        error_free(err);
}

/* True if its worker still has something to do for it: then its turn comes soon. */
static bool is_in_hand(struct jobs *jobs, const struct job_record *record)
{
    jobs_lock(jobs);
    bool in_hand = live_find_locked(jobs, record->id) != NULL;
    jobs_unlock(jobs);
    return in_hand;
}

/* Nothing of it is left on its engine.  Engines that are away are not asked, for each job again. */
static bool is_free(struct pass *pass, const struct job_record *record)
{
    struct jobs *jobs = pass->jobs;
    struct runtime_view view = { .reachable = false };
    struct error *err;

    if (is_in_hand(jobs, record)) {
        stick(pass, record, NULL);
        return false;
    }
    if (!record->cleanup_pending)
        return true;
    if (runtimes_view(jobs->runtimes, record->runtime, &view) && view.reachable)
        err = forget_debt(jobs, record);
    else
        err = error_new(ERROR_UNAVAILABLE, "runtime",
                        "Something of job %s is still on the runtime %s, which is not available.",
                        record->id, record->runtime);
    if (err != NULL)
        stick(pass, record, err);
    return err == NULL;
}

/* Rows first: a folder without a row is removed by the next start, whatever happens here. */
static void forget(struct pass *pass, struct job_record *const *records, size_t count,
                   const enum retention_cause *causes)
{
    struct answer answers[BATCH];
    struct gather gather;

    gather_begin(&gather, answers, count);
    for (size_t i = 0; i < count; i++)
        store_delete(pass->jobs->store, records[i]->id, take_done, &answers[i]);
    gather_end(&gather);
    for (size_t i = 0; i < count; i++) {
        struct error *err = answers[i].err;

        if (err == NULL)
            forget_files(pass->jobs, records[i], retention_cause_name(causes[i]));
        else if (err->kind == ERROR_NOT_FOUND) /* a caller was quicker */
            error_free(err);
        else
            stick(pass, records[i], err);
    }
}

/* Forgets those that go: of these records the first `count`. */
static void retire(struct pass *pass, struct job_record *const *records, size_t count,
                   const enum retention_cause *causes)
{
    struct job_record *free_ones[BATCH];
    enum retention_cause their_causes[BATCH];
    size_t free_count = 0;

    for (size_t i = 0; i < count && !is_stopping(pass->jobs); i++) {
        pass->after_ms = records[i]->finished_ms;
        pass->after_sequence = records[i]->sequence;
        if (!is_free(pass, records[i]))
            continue;
        free_ones[free_count] = records[i];
        their_causes[free_count++] = causes[i];
    }
    forget(pass, free_ones, free_count, their_causes);
}

/* The next batch; true if there may be more.  What is kept is read after the list: a job that a
 * caller deletes in between must not cost another one its place. */
static bool step(struct pass *pass, int64_t *oldest_ms)
{
    const struct store_query query = { .by_end = true,
                                       .after_end_ms = pass->after_ms,
                                       .after_end_sequence = pass->after_sequence,
                                       .limit = BATCH };
    enum retention_cause causes[BATCH];
    struct job_record **records = NULL;
    struct store_kept kept;
    size_t count = 0, chosen = 0;
    struct error *err = store_wait_list(pass->jobs->store, &query, &records, &count);

    if (err == NULL)
        err = store_wait_kept(pass->jobs->store, &kept);
    if (err == NULL) {
        kept = retention_without(kept, &pass->stuck);
        chosen = retention_choose(&pass->limits, pass->now_ms, kept, records, count, causes);
        retire(pass, records, chosen, causes);
    } else if (pass->err == NULL) {
        pass->err = err;
    } else {
        error_free(err);
    }
    if (chosen < count)
        *oldest_ms = records[chosen]->finished_ms;
    bool more = err == NULL && chosen == BATCH;
    store_list_free(records, count);
    return more;
}

static void note_kept(struct jobs *jobs)
{
    struct store_kept kept;
    ERROR_AUTO err = store_wait_kept(jobs->store, &kept);

    if (err != NULL)
        return; /* the store says so itself */
    jobs_lock(jobs);
    jobs->kept = kept;
    jobs_unlock(jobs);
}

struct error *retention_pass(struct jobs *jobs, const struct settings *settings, int64_t *oldest_ms)
{
    struct pass pass = { .jobs = jobs,
                         .limits = { settings->retention_max_age_ms, settings->retention_max_jobs,
                                     settings->retention_max_bytes },
                         .now_ms = clock_wall_ms(),
                         .after_ms = INT64_MIN };

    *oldest_ms = INT64_MAX;
    pass.err = measure(jobs);
    while (!is_stopping(jobs) && step(&pass, oldest_ms))
        ;
    note_kept(jobs);
    return pass.err;
}
