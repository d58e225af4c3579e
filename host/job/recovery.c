/* SPDX-License-Identifier: Apache-2.0 */
/* What a new host does with what a former one left: queued jobs are queued, jobs that may
 * have started are adopted, the others put back; debts are paid, orphaned folders removed. */
#include "base/log.h"
#include "job/events.h"
#include "job/jobs_rooms.h"

#include <stdlib.h>
#include <string.h>

static struct error *put_back(struct jobs *jobs, const struct job_record *record)
{
    struct job_record *now = NULL;
    struct store_change change = { .job_id = record->id,
                                   .from = 1u << JOB_STARTING,
                                   .to = JOB_QUEUED };
    struct error *err = store_wait_change(jobs->store, &change, &now);

    if (err == NULL) {
        event_requeued(now);
        jobs_enqueue(jobs, now, 0);
    }
    job_record_free(now);
    return err;
}

static struct error *adopt(struct jobs *jobs, const struct job_record *record)
{
    const char *runtime = runtimes_reserve(jobs->runtimes, record->runtime, 0);
    int result = worker_adopt(jobs, record->id, runtime);

    if (result == 0)
        return NULL;
    runtimes_release(jobs->runtimes, runtime);
    return error_errno(result, "Starting a thread for job %s", record->id);
}

static struct error *take_up(struct jobs *jobs, const struct job_record *record)
{
    struct runtime_view view;

    if (!runtimes_view(jobs->runtimes, record->runtime, &view))
        log_line(LOG_LEVEL_WARNING, record->id, record->runtime,
                 "the job waits for a runtime that is not loaded; put its plugin back");
    if (record->status == JOB_QUEUED) {
        jobs_enqueue(jobs, record, 0);
        return NULL;
    }
    if (record->status == JOB_STARTING && !record->start_attempted)
        return put_back(jobs, record);
    return adopt(jobs, record);
}

static struct error *take_up_live_jobs(struct jobs *jobs)
{
    struct store_query query = { .statuses =
                                     1u << JOB_QUEUED | 1u << JOB_STARTING | 1u << JOB_RUNNING,
                                 .oldest_first = true };
    struct job_record **records = NULL;
    size_t count = 0;
    struct error *err = store_wait_list(jobs->store, &query, &records, &count);

    for (size_t i = 0; err == NULL && i < count; i++)
        err = take_up(jobs, records[i]);
    if (count > 0)
        log_info("took up %zu jobs of a former host", count);
    store_list_free(records, count);
    return err;
}

static void pay_debts(void *context)
{
    struct jobs *jobs = context;
    struct store_query query = { .cleanup_pending = true, .oldest_first = true };
    struct job_record **records = NULL;
    size_t count = 0;
    ERROR_AUTO err = store_wait_list(jobs->store, &query, &records, &count);

    if (err != NULL)
        log_warning("cannot look for what former jobs left: %s", err->message);
    for (size_t i = 0; i < count; i++) {
        if (!job_status_terminal(records[i]->status))
            continue;
        ERROR_AUTO unpaid = cleanup_pay(jobs, records[i], NULL);
        if (unpaid != NULL)
            log_line(LOG_LEVEL_WARNING, records[i]->id, records[i]->runtime,
                     "cannot remove what the job left: %s", unpaid->message);
    }
    store_list_free(records, count);
    folders_empty_trash(jobs->folders);
}

static void remove_if_orphan(void *context, const char *job_id)
{
    struct jobs *jobs = context;
    struct job_record *record = NULL;
    ERROR_AUTO err = store_wait_get(jobs->store, job_id, &record);

    job_record_free(record);
    if (err == NULL || err->kind != ERROR_NOT_FOUND)
        return;
    log_line(LOG_LEVEL_INFO, job_id, NULL, "removing a folder that belongs to no job");
    error_free(folder_remove(jobs->folders, job_id));
}

struct error *recovery_run(struct jobs *jobs)
{
    struct error *err = take_up_live_jobs(jobs);

    if (err == NULL)
        err = folders_each(jobs->folders, remove_if_orphan, jobs);
    if (err == NULL && task_pool_add(jobs->pool, pay_debts, jobs) != 0)
        log_warning("out of memory: what former jobs left is removed at the next start");
    return err;
}
