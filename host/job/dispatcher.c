/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher: takes the best job that may start now and gives it to a worker. */
#include "base/clock.h"
#include "base/log.h"
#include "job/jobs_rooms.h"

#include <string.h>

struct reservation {
    struct jobs *jobs;
    const char *runtime; /* whose slot was taken */
};

static bool reserve(void *context, const char *runtime)
{
    struct reservation *reservation = context;
    struct jobs *jobs = reservation->jobs;
    SETTINGS_AUTO settings = current_settings(jobs->settings);

    reservation->runtime = runtimes_reserve(jobs->runtimes, runtime, settings->job_concurrency);
    return reservation->runtime != NULL;
}

static void queue_again(void *context, struct error *err, struct job_record *record)
{
    struct jobs *jobs = context;

    if (err == NULL && record->status == JOB_QUEUED)
        jobs_enqueue(jobs, record, 1000);
    error_free(err);
    job_record_free(record);
}

static void give_to_worker(struct jobs *jobs, const char *job_id, const char *runtime)
{
    int result = worker_start(jobs, job_id, runtime);

    if (result == 0)
        return;
    runtimes_release(jobs->runtimes, runtime);
    log_line(LOG_LEVEL_ERROR, job_id, runtime,
             "cannot start a thread for the job, will try again: %s", strerror(result));
    store_get(jobs->store, job_id, queue_again, jobs);
}

void *dispatcher_thread(void *arg)
{
    struct jobs *jobs = arg;
    char job_id[JOB_ID_BYTES];

    jobs_lock(jobs);
    while (!jobs->stopping) {
        struct reservation reservation = { .jobs = jobs };
        int64_t next_due_ms = INT64_MAX;

        jobs->dispatcher_rounds++;
        if (!jobs->draining && job_queue_pop(jobs->queue, clock_monotonic_ms(), reserve,
                                             &reservation, job_id, &next_due_ms)) {
            jobs_unlock(jobs);
            give_to_worker(jobs, job_id, reservation.runtime);
            jobs_lock(jobs);
        } else {
            jobs_wait_until(jobs, &jobs->wake, next_due_ms);
        }
    }
    jobs_unlock(jobs);
    return NULL;
}
