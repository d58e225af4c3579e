/* SPDX-License-Identifier: Apache-2.0 */
/* Forgetting a job: its row, then its files.  A job that has not ended is cancelled, and
 * forgotten when its worker is done with it. */
#include "base/log.h"
#include "job/events.h"
#include "job/jobs_rooms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct forget {
    struct jobs *jobs;
    char job_id[JOB_ID_BYTES];
    jobs_done_fn reply;
    void *context;
};

static struct forget *forget_new(struct jobs *jobs, const char *job_id, jobs_done_fn reply,
                                 void *context)
{
    struct forget *forget = calloc(1, sizeof(*forget));

    if (forget == NULL)
        return NULL;
    *forget = (struct forget){ .jobs = jobs, .reply = reply, .context = context };
    (void)snprintf(forget->job_id, sizeof(forget->job_id), "%s", job_id);
    return forget;
}

struct error *forget_debt(struct jobs *jobs, const struct job_record *record)
{
    struct error *err = record->cleanup_pending ? cleanup_pay(jobs, record, NULL) : NULL;

    if (err == NULL)
        return NULL;
    err->kind = ERROR_UNAVAILABLE;
    return error_wrap(err, "Something of job %s is still on the runtime; try again later",
                      record->id);
}

void forget_files(struct jobs *jobs, const struct job_record *record, const char *cause)
{
    ERROR_AUTO left = folder_remove(jobs->folders, record->id);

    if (left != NULL)
        log_line(LOG_LEVEL_WARNING, record->id, NULL, "%s", left->message);
    event_forgotten(record, cause);
}

static struct error *forget_ended(struct jobs *jobs, const struct job_record *record)
{
    struct error *err = forget_debt(jobs, record);

    if (err == NULL)
        err = store_wait_delete(jobs->store, record->id);
    if (err != NULL)
        return err;
    forget_files(jobs, record, NULL);
    retention_soon(jobs); /* for its figures */
    return NULL;
}

static bool is_stopping(struct jobs *jobs)
{
    jobs_lock(jobs);
    bool stopping = jobs->stopping;
    jobs_unlock(jobs);
    return stopping;
}

/* It has come into a worker's hands since we looked; or the host stops, and leaves it. */
static void forget_later_or_never(const struct forget *forget)
{
    if (is_stopping(forget->jobs))
        forget->reply(forget->context,
                      error_new(ERROR_UNAVAILABLE, NULL,
                                "The host is stopping, and job %s has not ended yet.",
                                forget->job_id));
    else
        jobs_delete(forget->jobs, forget->job_id, forget->reply, forget->context);
}

static void forget_task(void *context)
{
    struct forget *forget = context;
    struct job_record *record = NULL;
    struct error *err = store_wait_get(forget->jobs->store, forget->job_id, &record);

    if (err == NULL && !job_status_terminal(record->status)) {
        forget_later_or_never(forget);
    } else {
        if (err == NULL)
            err = forget_ended(forget->jobs, record);
        forget->reply(forget->context, err);
    }
    job_record_free(record);
    free(forget);
}

void forget_later(struct jobs *jobs, const char *job_id, jobs_done_fn reply, void *context)
{
    struct forget *forget = forget_new(jobs, job_id, reply, context);

    if (forget != NULL && task_pool_add(jobs->pool, forget_task, forget) == 0)
        return;
    free(forget);
    reply(context, error_errno(ENOMEM, "Forgetting job %s", job_id));
}

static void cancelled(void *context, struct error *err, struct job_record *record)
{
    struct forget *forget = context;
    struct jobs *jobs = forget->jobs;
    struct deleter *deleter = err == NULL ? calloc(1, sizeof(*deleter)) : NULL;
    struct live *live = NULL;

    job_record_free(record);
    if (err != NULL) {
        forget->reply(forget->context, err);
        free(forget);
        return;
    }
    jobs_lock(jobs);
    if (deleter != NULL)
        live = live_find_locked(jobs, forget->job_id);
    if (live != NULL) {
        *deleter = (struct deleter){ live->deleters, forget->reply, forget->context };
        live->deleters = deleter;
    }
    jobs_unlock(jobs);
    if (live == NULL) {
        free(deleter);
        forget_later(jobs, forget->job_id, forget->reply, forget->context);
    }
    free(forget);
}

void jobs_delete(struct jobs *jobs, const char *job_id, jobs_done_fn reply, void *context)
{
    struct forget *forget = forget_new(jobs, job_id, reply, context);

    if (forget == NULL) {
        reply(context, error_errno(ENOMEM, "Forgetting job %s", job_id));
        return;
    }
    jobs_cancel(jobs, job_id, cancelled, forget);
}
