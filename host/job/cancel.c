/* SPDX-License-Identifier: Apache-2.0 */
/* Cancel: a queued job ends at once; a running one is asked to stop, durably, so that the
 * wish survives a restart.  A job may move on between two looks at it, hence the rounds. */
#include "base/clock.h"
#include "job/events.h"
#include "job/jobs_rooms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_ROUNDS = 8 };

struct cancel {
    struct jobs *jobs;
    char job_id[JOB_ID_BYTES];
    unsigned rounds;
    jobs_record_fn reply;
    void *context;
};

static void try_queued(struct cancel *cancel);

static void answer(struct cancel *cancel, struct error *err, struct job_record *record)
{
    cancel->reply(cancel->context, err, record);
    free(cancel);
}

static void looked(void *context, struct error *err, struct job_record *record)
{
    struct cancel *cancel = context;

    if (err == NULL && !job_status_terminal(record->status) && ++cancel->rounds < MAX_ROUNDS) {
        job_record_free(record);
        try_queued(cancel);
        return;
    }
    answer(cancel, err, record);
}

static void marked(void *context, struct error *err, struct job_record *record)
{
    struct cancel *cancel = context;
    struct jobs *jobs = cancel->jobs;

    if (err != NULL && err->kind == ERROR_CONFLICT) {
        error_free(err);
        store_get(jobs->store, cancel->job_id, looked, cancel);
        return;
    }
    if (err == NULL) {
        event_cancel_requested(record);
        jobs_lock(jobs);
        struct live *live = live_find_locked(jobs, cancel->job_id);
        if (live != NULL)
            live_stop_locked(jobs, live, STOP_CANCEL, NULL);
        jobs_unlock(jobs);
    }
    answer(cancel, err, record);
}

static void try_running(struct cancel *cancel)
{
    struct store_change change = { .job_id = cancel->job_id,
                                   .from = 1u << JOB_STARTING | 1u << JOB_RUNNING,
                                   .to = -1,
                                   .set = STORE_SET_CANCEL };

    change.values.cancel_requested = true;
    store_change(cancel->jobs->store, &change, marked, cancel);
}

static void ended_queued(void *context, struct error *err, struct job_record *record)
{
    struct cancel *cancel = context;
    struct jobs *jobs = cancel->jobs;

    if (err != NULL && err->kind == ERROR_CONFLICT) {
        error_free(err);
        try_running(cancel);
        return;
    }
    if (err == NULL) {
        jobs_lock(jobs);
        (void)job_queue_remove(jobs->queue, cancel->job_id);
        jobs_unlock(jobs);
        event_cancel_requested(record);
        event_finished(record);
        jobs_notify(jobs, record);
        retention_soon(jobs);
    }
    answer(cancel, err, record);
}

static void try_queued(struct cancel *cancel)
{
    static const char message[] = "Cancelled before it was started.";
    struct store_change change = { .job_id = cancel->job_id,
                                   .from = 1u << JOB_QUEUED,
                                   .to = JOB_CANCELLED,
                                   .set = STORE_SET_OUTCOME | STORE_SET_FINISHED |
                                          STORE_SET_MESSAGE | STORE_SET_CANCEL };

    change.values.reason = MAPS_REASON_CANCELLED;
    change.values.exit_code = -1;
    change.values.message = (char *)message; /* only read */
    change.values.finished_ms = clock_wall_ms();
    change.values.cancel_requested = true;
    store_change(cancel->jobs->store, &change, ended_queued, cancel);
}

void jobs_cancel(struct jobs *jobs, const char *job_id, jobs_record_fn reply, void *context)
{
    struct cancel *cancel = calloc(1, sizeof(*cancel));

    if (cancel == NULL) {
        reply(context, error_errno(ENOMEM, "Cancelling job %s", job_id), NULL);
        return;
    }
    *cancel = (struct cancel){ .jobs = jobs, .reply = reply, .context = context };
    (void)snprintf(cancel->job_id, sizeof(cancel->job_id), "%s", job_id);
    try_queued(cancel);
}
