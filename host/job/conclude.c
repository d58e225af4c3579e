/* SPDX-License-Identifier: Apache-2.0 */
#include "job/conclude.h"

#include "base/clock.h"
#include "base/log.h"
#include "job/events.h"
#include "job/output_copy.h"
#include "job/retry.h"
#include "logs/log_reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TERMINAL = 1u << JOB_SUCCESS | 1u << JOB_ERROR | 1u << JOB_TIMEOUT | 1u << JOB_CANCELLED |
               1u << JOB_LOST
};

struct log_state {
    bool damaged, incomplete;
};

/* Reads the log once more, now that nobody writes to it. */
static struct log_state inspect_log(const struct execution *execution)
{
    char buffer[16384];
    struct log_reader *reader = NULL;
    char *path = jobs_log_path(execution->jobs, execution->record->id);
    struct error *err = path == NULL ? NULL : log_reader_open(path, LOG_ALL, 0, &reader);
    struct log_state state = { .damaged = err != NULL };

    error_free(err);
    free(path);
    if (reader == NULL)
        return state;
    while (log_reader_read(reader, buffer, sizeof(buffer)) > 0)
        ;
    state.damaged = log_reader_damaged(reader);
    state.incomplete = log_reader_incomplete(reader);
    log_reader_close(reader);
    return state;
}

static int64_t span(int64_t from_ms, int64_t to_ms)
{
    return from_ms == 0 || to_ms == 0 ? -1 : to_ms - from_ms;
}

/* Times are taken on the monotonic clock while one host sees the whole run; an adopted run
 * has only the wall clock in common with its former host. */
static struct job_timings timings_of(const struct execution *execution, int64_t finished_wall_ms)
{
    struct job_timings timings = execution->record->timings;
    const int64_t *at = execution->phase_ms;
    int64_t end = execution->finished_at_ms;

    if (execution->adopted) {
        timings.run = span(execution->record->started_ms, finished_wall_ms);
        return timings;
    }
    timings.prepare = span(at[MAPS_PHASE_PREPARE], at[MAPS_PHASE_START_ATTEMPTED]);
    timings.start = span(at[MAPS_PHASE_START_ATTEMPTED], at[MAPS_PHASE_RUNNING]);
    timings.run =
        span(at[MAPS_PHASE_RUNNING], at[MAPS_PHASE_COLLECT] != 0 ? at[MAPS_PHASE_COLLECT] : end);
    timings.collect = span(at[MAPS_PHASE_COLLECT], end);
    return timings;
}

static void commit_with_patience(struct execution *execution, const struct store_change *change)
{
    struct jobs *jobs = execution->jobs;
    unsigned failures = 0;

    for (;;) {
        struct job_record *record = NULL;
        ERROR_AUTO err = store_wait_change(jobs->store, change, &record);

        if (err == NULL) {
            event_finished(record);
            jobs_notify(jobs, record);
            job_record_free(record);
            return;
        }
        log_line(LOG_LEVEL_ERROR, change->job_id, execution->record->runtime,
                 "cannot record the job's end%s: %s",
                 err->kind == ERROR_CONFLICT || err->kind == ERROR_NOT_FOUND ? ""
                                                                             : ", will try again",
                 err->message);
        if (err->kind == ERROR_CONFLICT || err->kind == ERROR_NOT_FOUND)
            return;
        jobs_lock(jobs);
        jobs_wait_until(jobs, &jobs->idle,
                        clock_monotonic_ms() + retry_delay_ms(++failures, 200, 5000, 0));
        bool stopping = jobs->stopping;
        jobs_unlock(jobs);
        if (stopping)
            return; /* the evidence is still on the engine: the next host adopts it */
    }
}

static void cleanup(struct execution *execution)
{
    struct jobs *jobs = execution->jobs;
    ERROR_AUTO err = cleanup_pay(jobs, execution->record, execution->instance);

    if (err != NULL)
        log_line(LOG_LEVEL_WARNING, execution->record->id, execution->record->runtime,
                 "something of the job is left on the runtime and will be removed later: %s",
                 err->message);
}

/* The runtime knows better than we when the script started: what we took for a part of the start
 * was a part of the run.  The two are taken on different clocks, so the part is no more than the
 * whole, give or take a millisecond. */
static void correct_start(const struct execution *execution, struct store_change *change)
{
    int64_t started = execution->outcome.started_ms;
    int64_t late = execution->record->started_ms - started;
    struct job_timings *timings = &change->values.timings;

    if (started < execution->record->created_ms || started > change->values.finished_ms)
        return; /* unknown, or another clock */
    change->set |= STORE_SET_STARTED;
    change->values.started_ms = started;
    if (execution->adopted) {
        timings->run = change->values.finished_ms - started;
    } else if (late > 0 && timings->start >= 0 && timings->run >= 0) {
        int64_t moved = late < timings->start ? late : timings->start;

        timings->start -= moved;
        timings->run += moved;
    }
}

/* Copies what the run has left to where its job wants it.  What went wrong does not change how the
 * run ended: it is noted, and the outputs are still here. */
static struct error *deliver_outputs(const struct execution *execution)
{
    const struct job_record *record = execution->record;
    int fd = folder_open_output(execution->jobs->folders, record->id);

    if (fd < 0)
        return error_errno(-fd, "Opening the output folder of the job");
    struct error *err = output_copy(execution->settings, record, fd);
    (void)close(fd);
    if (err != NULL)
        log_line(LOG_LEVEL_WARNING, record->id, record->runtime, "output_path: %s", err->message);
    return err;
}

/* Counts as collecting. */
static struct error *deliver(const struct execution *execution, struct store_change *change)
{
    int64_t begin_ms = clock_monotonic_ms();
    int64_t *collect = &change->values.timings.collect;

    if (execution->record->output_path == NULL || !execution->start_attempted)
        return NULL;
    struct error *err = deliver_outputs(execution);
    *collect = (*collect < 0 ? 0 : *collect) + clock_monotonic_ms() - begin_ms;
    change->values.finished_ms = clock_wall_ms();
    change->values.output_error = err == NULL ? NULL : err->message; /* only read */
    change->set |= STORE_SET_OUTPUT_ERROR;
    return err;
}

static void commit(struct execution *execution, uint32_t reason, int exit_code, int signal,
                   const char *message, bool truncated)
{
    int64_t now = clock_wall_ms();
    struct log_state log = inspect_log(execution);
    struct store_change change = {
        .job_id = execution->record->id,
        .from = 1u << JOB_STARTING | 1u << JOB_RUNNING,
        .to = (int)job_status_for(reason, exit_code),
        .set = STORE_SET_OUTCOME | STORE_SET_MESSAGE | STORE_SET_FINISHED | STORE_SET_TIMINGS |
               STORE_SET_LOG_FLAGS | STORE_SET_CLEANUP,
    };

    change.values.reason = reason;
    change.values.exit_code = exit_code;
    change.values.signal = signal;
    change.values.message = (char *)message; /* only read */
    change.values.finished_ms = now;
    change.values.timings = timings_of(execution, now);
    change.values.logs_truncated = truncated || log.incomplete;
    change.values.logs_damaged = log.damaged;
    change.values.cleanup_pending = true;
    correct_start(execution, &change);
    struct error *undelivered = deliver(execution, &change);
    commit_with_patience(execution, &change);
    error_free(undelivered); /* the message was in use until here */
    cleanup(execution);
}

void conclude_reported(struct execution *execution)
{
    const struct maps_outcome *outcome = &execution->outcome;
    uint32_t reason = outcome->reason;
    const char *message = execution->outcome_message;

    if (reason == MAPS_REASON_CANCELLED &&
        atomic_load(&execution->live->stop) == STOP_OUTPUT_LIMIT) {
        reason = MAPS_REASON_OUTPUT_LIMIT;
        message = execution->live->stop_message;
    }
    bool truncated = outcome->logs_truncated != 0 || execution->logs_truncated;

    commit(execution, reason, reason == MAPS_REASON_EXITED ? outcome->exit_code : -1,
           outcome->signal, message, truncated);
}

void conclude_as(struct execution *execution, uint32_t reason, const char *message)
{
    commit(execution, reason, -1, 0, message, execution->logs_truncated);
}

static void debt_paid(void *context, struct error *err, struct job_record *record)
{
    (void)context;
    error_free(err); /* it stays written down as unpaid, and is paid again: harmless */
    job_record_free(record);
}

static struct error *pay(struct jobs *jobs, const struct job_record *record,
                         struct instance *instance)
{
    SETTINGS_AUTO settings = current_settings(jobs->settings);
    struct job_request request;
    struct store_change change = {
        .job_id = record->id, .from = TERMINAL, .to = -1, .set = STORE_SET_CLEANUP
    };
    struct error *err =
        job_request_fill(&request, record, store_owner(jobs->store), jobs->folders, settings);

    if (err != NULL)
        return err;
    err = instance_cleanup(instance, &request.job, record->handle == NULL ? "" : record->handle);
    job_request_clear(&request);
    if (err == NULL)
        store_change(jobs->store, &change, debt_paid, NULL);
    return err;
}

struct error *cleanup_pay(struct jobs *jobs, const struct job_record *record,
                          struct instance *instance)
{
    if (instance != NULL)
        return pay(jobs, record, instance);
    struct plugin *plugin = plugins_find(jobs->plugins, record->runtime);
    struct instance *current = plugin == NULL ? NULL : plugin_instance(plugin);
    if (current == NULL)
        return error_new(ERROR_UNAVAILABLE, NULL, "the runtime %s is not loaded", record->runtime);
    struct error *err = pay(jobs, record, current);
    instance_unref(current);
    return err;
}
