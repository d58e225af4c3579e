/* SPDX-License-Identifier: Apache-2.0 */
/* One worker: a thread that takes one job from the queue (or from a former host) to its end.
 * It decides between start, retry, adoption and giving up; the plugin does the running. */
#include "base/clock.h"
#include "base/log.h"
#include "job/conclude.h"
#include "job/events.h"
#include "job/execution.h"
#include "job/log_sink.h"
#include "job/retry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    ADOPT_PATIENCE_MS = 600000, /* how long an unreachable runtime may keep us guessing,
                                   beyond the job's own timeout */
};

struct errand {
    struct jobs *jobs;
    struct live *live;
    const char *runtime; /* whose running jobs count this one; lives as long as the plugins */
    bool adopt;
};

static uint32_t random_number(void)
{
    uint32_t number;

    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
        number = (uint32_t)clock_monotonic_ms();
    return number;
}

/* Queues the job again for a later start.  Only before START_ATTEMPTED. */
static void put_back(struct execution *execution, const char *why)
{
    struct jobs *jobs = execution->jobs;
    struct job_record *record = NULL;
    struct store_change change = { .job_id = execution->record->id,
                                   .from = 1u << JOB_STARTING,
                                   .to = JOB_QUEUED,
                                   .set = STORE_SET_MESSAGE | STORE_SET_START_ATTEMPTED };

    change.values.message = (char *)why; /* only read */
    change.values.start_attempted = false;
    ERROR_AUTO err = store_wait_change(jobs->store, &change, &record);
    if (err != NULL) {
        log_line(LOG_LEVEL_ERROR, execution->record->id, execution->record->runtime,
                 "cannot put the job back into the queue: %s", err->message);
        return; /* it is `starting` on disk: the next host puts it back */
    }
    event_requeued(record);
    jobs_notify(jobs, record);
    jobs_enqueue(jobs, record, retry_delay_ms(record->attempt, 500, 30000, random_number()));
    job_record_free(record);
}

/* The plugin failed before the script could have started. */
static void start_failed(struct execution *execution, const char *why)
{
    const struct job_record *record = execution->record;
    struct runtime_view view = { .reachable = false };

    if (atomic_load(&execution->live->stop) != STOP_NONE) {
        conclude_as(execution, MAPS_REASON_CANCELLED, "Cancelled before it was started.");
        return;
    }
    runtimes_probe_soon(execution->jobs->runtimes, record->runtime);
    (void)runtimes_view(execution->jobs->runtimes, record->runtime, &view);
    event_start_failed(record, why);
    if (!retry_start(execution->start_attempted, view.reachable, record->attempt,
                     execution->settings->job_start_retries)) {
        conclude_as(execution, MAPS_REASON_RUNTIME_UNAVAILABLE, why);
        return;
    }
    /* what cannot be removed, the next attempt meets */
    error_free(cleanup_pay(execution->jobs, record, execution->instance));
    put_back(execution, why);
}

/* Takes the announcement of a start back, durably.  Not one with put_back(): the store lets no
 * job that may have started back into the queue. */
static struct error *forget_start(struct execution *execution)
{
    struct job_record *record = NULL;
    struct store_change change = { .job_id = execution->record->id,
                                   .from = 1u << JOB_STARTING,
                                   .to = -1,
                                   .set = STORE_SET_START_ATTEMPTED | STORE_SET_HANDLE };
    struct error *err = store_wait_change(execution->jobs->store, &change, &record);

    job_record_free(record);
    if (err == NULL)
        execution->start_attempted = false;
    return err;
}

/* The plugin has proof that the script has not started and never will. */
static void not_started(struct execution *execution, const char *why)
{
    struct job_record *record = execution->record;

    if (record->started_ms != 0) { /* the plugin has said before that it runs */
        conclude_as(execution, MAPS_REASON_RUNTIME_LOST, why);
        return;
    }
    ERROR_AUTO err = execution->start_attempted ? forget_start(execution) : NULL;
    if (err != NULL) {
        log_line(LOG_LEVEL_ERROR, record->id, record->runtime,
                 "cannot record that the job was not started: %s", err->message);
        return; /* it may have started, on disk: the next host adopts it */
    }
    free(record->handle); /* for cleanup() */
    record->handle = execution->handle;
    execution->handle = NULL;
    start_failed(execution, why);
}

static enum run_result call_plugin(struct execution *execution, bool recover, struct error **err)
{
    struct maps_run *run =
        run_new(execution->instance, execution->record->id, &execution_services, execution);
    enum run_result result;

    if (run == NULL) {
        *err = error_errno(ENOMEM, "Preparing the run");
        return RUN_FAILED;
    }
    live_set_run(execution->jobs, execution->live, run);
    result = recover ? run_recover(run, &execution->request.job,
                                   execution->handle == NULL ? "" : execution->handle, err)
                     : run_script(run, &execution->request.job, err);
    live_set_run(execution->jobs, execution->live, NULL);
    run_free(run);
    return result;
}

static bool acquire_instance(struct execution *execution)
{
    struct plugin *plugin = plugins_find(execution->jobs->plugins, execution->record->runtime);

    if (execution->instance == NULL && plugin != NULL)
        execution->instance = plugin_instance(plugin);
    return execution->instance != NULL;
}

/* Waits before the next attempt to find a run again; false if the host stops. */
static bool pause_adoption(struct execution *execution, unsigned failures)
{
    struct jobs *jobs = execution->jobs;
    bool stopping;

    jobs_lock(jobs);
    if (!jobs->stopping)
        jobs_wait_until(jobs, &jobs->idle,
                        clock_monotonic_ms() +
                            retry_delay_ms(failures, 500, 15000, random_number()));
    stopping = jobs->stopping;
    jobs_unlock(jobs);
    return !stopping;
}

/* The script may have started: find the run and see it to its end. */
static void adopt(struct execution *execution)
{
    int64_t patience_ms =
        clock_monotonic_ms() + (int64_t)execution->record->timeout_ms + ADOPT_PATIENCE_MS;
    unsigned failures = 0;

    do {
        ERROR_AUTO err = NULL;
        enum run_result result =
            acquire_instance(execution) ? call_plugin(execution, true, &err) : RUN_FAILED;

        if (result == RUN_REPORTED) {
            conclude_reported(execution);
            return;
        }
        if (result == RUN_GONE) {
            conclude_as(execution, MAPS_REASON_RUNTIME_LOST,
                        "The run is gone from the runtime, and how it ended cannot be known.");
            return;
        }
        if (result == RUN_NOT_STARTED) {
            not_started(execution, err->message);
            return;
        }
        log_line(LOG_LEVEL_WARNING, execution->record->id, execution->record->runtime,
                 "cannot see how the job is doing, will look again: %s",
                 err != NULL ? err->message : "the runtime is not loaded");
        if (clock_monotonic_ms() > patience_ms) {
            conclude_as(execution, MAPS_REASON_RUNTIME_LOST,
                        err != NULL ? err->message : "The runtime is not loaded any more.");
            return;
        }
    } while (pause_adoption(execution, ++failures));
}

/* queued -> starting, with the attempt counted: durable before anything is done for it. */
static struct error *begin(struct execution *execution)
{
    struct job_record *record = NULL;
    struct store_change change = { .job_id = execution->record->id,
                                   .from = 1u << JOB_QUEUED,
                                   .to = JOB_STARTING,
                                   .set = STORE_SET_ATTEMPT | STORE_SET_TIMINGS |
                                          STORE_SET_MESSAGE | STORE_SET_START_ATTEMPTED };

    change.values.attempt = execution->record->attempt + 1;
    change.values.timings = execution->record->timings;
    change.values.timings.queued = clock_wall_ms() - execution->record->created_ms;
    struct error *err = store_wait_change(execution->jobs->store, &change, &record);
    if (err != NULL)
        return err;
    job_record_free(execution->record);
    execution->record = record;
    event_starting(record);
    jobs_notify(execution->jobs, record);
    return record->attempt > 1 ? folder_reset(execution->jobs->folders, record->id) : NULL;
}

static void start(struct execution *execution)
{
    const struct job_record *record = execution->record;
    ERROR_AUTO err = begin(execution);

    if (err != NULL && err->kind == ERROR_CONFLICT)
        return; /* cancelled meanwhile */
    record = execution->record;
    if (err != NULL && record->status == JOB_QUEUED) {
        log_line(LOG_LEVEL_ERROR, record->id, record->runtime, "cannot start the job: %s",
                 err->message);
        jobs_enqueue(execution->jobs, record, 1000);
        return;
    }
    if (err == NULL)
        err = job_request_fill(&execution->request, record, store_owner(execution->jobs->store),
                               execution->jobs->folders, execution->settings);
    enum run_result result = RUN_FAILED;
    if (err == NULL && acquire_instance(execution))
        result = call_plugin(execution, false, &err);

    if (result == RUN_REPORTED)
        conclude_reported(execution);
    else if (result == RUN_NOT_STARTED)
        not_started(execution, err->message);
    else if (!execution->start_attempted)
        start_failed(execution, err != NULL ? err->message : "The runtime is not loaded.");
    else
        adopt(execution);
}

static void take_over(struct execution *execution)
{
    const struct job_record *record = execution->record;
    ERROR_AUTO err = NULL;

    if (job_status_terminal(record->status) || record->status == JOB_QUEUED)
        return;
    err = job_request_fill(&execution->request, record, store_owner(execution->jobs->store),
                           execution->jobs->folders, execution->settings);
    if (err != NULL) {
        log_line(LOG_LEVEL_ERROR, record->id, record->runtime, "cannot adopt the job: %s",
                 err->message);
        return;
    }
    execution->adopted = true;
    execution->start_attempted = true;
    execution->handle = record->handle == NULL ? NULL : strdup(record->handle);
    event_adopted(record);
    adopt(execution);
}

static void work(struct execution *execution, bool adopting)
{
    ERROR_AUTO err =
        store_wait_get(execution->jobs->store, execution->live->job_id, &execution->record);

    if (err != NULL) {
        log_line(LOG_LEVEL_ERROR, execution->live->job_id, NULL, "cannot read the job: %s",
                 err->message);
        return;
    }
    jobs_lock(execution->jobs);
    execution->live->limits = execution->record->limits;
    execution->live->max_entries = execution->settings->disk_max_inodes;
    if (execution->record->cancel_requested)
        live_stop_locked(execution->jobs, execution->live, STOP_CANCEL, NULL);
    jobs_unlock(execution->jobs);
    if (adopting)
        take_over(execution);
    else if (execution->record->status == JOB_QUEUED)
        start(execution);
}

static void *worker_thread(void *arg)
{
    struct errand errand = *(struct errand *)arg;
    struct execution execution = { .jobs = errand.jobs,
                                   .live = errand.live,
                                   .settings = current_settings(errand.jobs->settings) };

    free(arg);
    (void)pthread_mutex_init(&execution.lock, NULL);
    work(&execution, errand.adopt);

    if (execution.instance != NULL)
        instance_unref(execution.instance);
    job_request_clear(&execution.request);
    settings_unref(execution.settings);
    log_sink_close(execution.sink);
    free(execution.handle);
    free(execution.outcome_message);
    job_record_free(execution.record);
    (void)pthread_mutex_destroy(&execution.lock);
    runtimes_release(errand.jobs->runtimes, errand.runtime);
    live_remove(errand.jobs, errand.live);
    return NULL;
}

static int launch(struct jobs *jobs, const char *job_id, const char *runtime, bool adopting)
{
    struct errand *errand = malloc(sizeof(*errand));
    pthread_attr_t attributes;
    pthread_t thread;
    int result;

    if (errand == NULL)
        return ENOMEM;
    *errand = (struct errand){ jobs, live_add(jobs, job_id), runtime, adopting };
    if (errand->live == NULL) {
        free(errand);
        return EBUSY;
    }
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    struct live *live = errand->live;
    result = pthread_create(&thread, &attributes, worker_thread, errand);
    (void)pthread_attr_destroy(&attributes);
    if (result != 0) {
        free(errand);
        live_remove(jobs, live);
    }
    return result;
}

int worker_start(struct jobs *jobs, const char *job_id, const char *runtime)
{
    return launch(jobs, job_id, runtime, false);
}

int worker_adopt(struct jobs *jobs, const char *job_id, const char *runtime)
{
    return launch(jobs, job_id, runtime, true);
}
