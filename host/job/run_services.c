/* SPDX-License-Identifier: Apache-2.0 */
/* What a plugin's services do for a run: phases and handles become durable, log bytes reach
 * the log, the outcome is kept for the worker to commit. */
#include "base/clock.h"
#include "base/log.h"
#include "job/events.h"
#include "job/execution.h"
#include "job/log_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int store_result(struct execution *execution, struct error *err, const char *what)
{
    int result = 0;

    if (err != NULL) {
        log_line(LOG_LEVEL_ERROR, execution->record->id, execution->record->runtime,
                 "cannot record %s: %s", what, err->message);
        result = err->kind == ERROR_CONFLICT ? -ECANCELED : -EIO;
        error_free(err);
    }
    return result;
}

/* The point of no return: from here on the script may have started. */
static int attempt_start(struct execution *execution)
{
    struct job_record *record = NULL;
    struct store_change change = { .job_id = execution->record->id,
                                   .from = 1u << JOB_STARTING,
                                   .to = -1,
                                   .set = STORE_SET_START_ATTEMPTED | STORE_SET_HANDLE };

    if (atomic_load(&execution->live->stop) != STOP_NONE)
        return -ECANCELED;
    change.values.start_attempted = true;
    change.values.handle = execution->handle;
    int result =
        store_result(execution, store_wait_change(execution->jobs->store, &change, &record),
                     "the start of the job");
    job_record_free(record);
    if (result == 0)
        execution->start_attempted = true;
    return result;
}

static void running_committed(void *context, struct error *err, struct job_record *record)
{
    if (err == NULL) {
        event_running(record);
        jobs_notify(context, record);
    }
    error_free(err);
    job_record_free(record);
}

/* Visible soon, but not worth waiting for: the terminal change that follows is ordered after
 * it, and a crash in between is mended by adoption. */
static void mark_running(struct execution *execution)
{
    struct store_change change = { .job_id = execution->record->id,
                                   .from = 1u << JOB_STARTING,
                                   .to = JOB_RUNNING,
                                   .set = STORE_SET_STARTED };

    change.values.started_ms = clock_wall_ms();
    execution->record->started_ms = change.values.started_ms;
    store_change(execution->jobs->store, &change, running_committed, execution->jobs);
}

static void watch_overdue(struct execution *execution)
{
    jobs_lock(execution->jobs);
    execution->live->overdue_ms =
        clock_monotonic_ms() + (int64_t)execution->record->timeout_ms + 60000;
    jobs_unlock(execution->jobs);
}

static int service_phase(void *context, int phase)
{
    struct execution *execution = context;
    int result = 0;

    if (phase < MAPS_PHASE_PREPARE || phase > MAPS_PHASE_COLLECT)
        return -EINVAL;
    (void)pthread_mutex_lock(&execution->lock);
    if (phase == MAPS_PHASE_START_ATTEMPTED && !execution->start_attempted)
        result = attempt_start(execution);
    if (phase == MAPS_PHASE_RUNNING && execution->record->started_ms == 0)
        mark_running(execution);
    if (phase == MAPS_PHASE_RUNNING)
        watch_overdue(execution);
    if (result == 0)
        execution->phase_ms[phase] = clock_monotonic_ms();
    (void)pthread_mutex_unlock(&execution->lock);
    return result;
}

static int save_handle(struct execution *execution)
{
    struct job_record *record = NULL;
    struct store_change change = { .job_id = execution->record->id,
                                   .from = 1u << JOB_STARTING | 1u << JOB_RUNNING,
                                   .to = -1,
                                   .set = STORE_SET_HANDLE };

    change.values.handle = execution->handle;
    int result = store_result(
        execution, store_wait_change(execution->jobs->store, &change, &record), "the handle");
    job_record_free(record);
    return result;
}

static int service_set_handle(void *context, const char *handle)
{
    struct execution *execution = context;
    char *copy = strdup(handle);
    int result = 0;

    if (copy == NULL)
        return -ENOMEM;
    (void)pthread_mutex_lock(&execution->lock);
    free(execution->handle);
    execution->handle = copy;
    if (execution->start_attempted)
        result = save_handle(execution);
    (void)pthread_mutex_unlock(&execution->lock);
    return result;
}

static void service_progress(void *context, const char *sentence)
{
    struct execution *execution = context;
    char *copy = strdup(sentence);

    jobs_lock(execution->jobs);
    free(execution->live->progress);
    execution->live->progress = copy;
    jobs_unlock(execution->jobs);
}

static struct log_sink *open_sink(const struct execution *execution)
{
    char *path = jobs_log_path(execution->jobs, execution->record->id);
    struct log_sink *sink =
        path == NULL ? NULL : log_sink_open(path, execution->record->limits.output_bytes);

    free(path);
    return sink;
}

static int service_emit(void *context, int stream, uint64_t source_offset, const void *bytes,
                        size_t length)
{
    struct execution *execution = context;
    bool gap = false;
    int result;

    (void)pthread_mutex_lock(&execution->lock);
    if (execution->sink == NULL)
        execution->sink = open_sink(execution);
    result = execution->sink == NULL
                 ? -EIO
                 : log_sink_emit(execution->sink, stream, source_offset, bytes, length, &gap);
    if (gap || result != 0)
        execution->logs_truncated = true;
    (void)pthread_mutex_unlock(&execution->lock);
    return result;
}

static int service_log_file(void *context)
{
    /* The log lies where emit() would put it: control/log.  Nothing to prepare. */
    (void)context;
    return 0;
}

static int service_is_cancelled(void *context)
{
    struct execution *execution = context;

    return atomic_load(&execution->live->stop) != STOP_NONE;
}

static int service_finish(void *context, const struct maps_outcome *outcome)
{
    struct execution *execution = context;

    (void)pthread_mutex_lock(&execution->lock);
    execution->finished = true;
    execution->finished_at_ms = clock_monotonic_ms();
    execution->outcome = *outcome;
    execution->outcome_message = outcome->message == NULL ? NULL : strdup(outcome->message);
    execution->outcome.message = NULL;
    (void)pthread_mutex_unlock(&execution->lock);
    return 0;
}

const struct run_services execution_services = { .phase = service_phase,
                                                 .set_handle = service_set_handle,
                                                 .progress = service_progress,
                                                 .emit = service_emit,
                                                 .log_file = service_log_file,
                                                 .is_cancelled = service_is_cancelled,
                                                 .finish = service_finish };
