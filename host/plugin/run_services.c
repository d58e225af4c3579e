/* SPDX-License-Identifier: Apache-2.0 */
/* Services for one run: what a plugin hands over is checked here, and nowhere else. */
#include "plugin/abi_copy.h"
#include "plugin/run.h"
#include "plugin/services.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { HANDLE_MAX_BYTES = 4096, EXIT_CODE_MAX = 255, SIGNAL_MAX = 127 };

/* After finish() the outcome may be on its way to the store: nothing may change any more. */
static bool too_late(struct maps_run *run, const char *service)
{
    if (!atomic_load(&run->finished))
        return false;
    run_violation(run, VIOLATION_AFTER_FINISH, "%s() was called after finish(); it is ignored",
                  service);
    return true;
}

static int announce(struct maps_run *run, int phase)
{
    int result = run->services->phase(run->context, phase);

    if (result == 0)
        atomic_store(&run->phase, phase);
    if (result == 0 && phase == MAPS_PHASE_START_ATTEMPTED)
        atomic_store(&run->start_announced, true);
    return result;
}

/* Without the announcement the host would start the script again after a failure. */
static int announce_forgotten_start(struct maps_run *run)
{
    run_violation(run, VIOLATION_START_NOT_ANNOUNCED,
                  "the script runs, but phase(START_ATTEMPTED) was not announced before");
    return announce(run, MAPS_PHASE_START_ATTEMPTED);
}

int service_phase(struct maps_run *run, int phase)
{
    int result = 0;

    if (too_late(run, "phase"))
        return -EALREADY;
    if (phase < MAPS_PHASE_PREPARE || phase > MAPS_PHASE_COLLECT) {
        run_violation(run, VIOLATION_BAD_ARGUMENT, "there is no phase %d", phase);
        return -EINVAL;
    }
    if (phase == MAPS_PHASE_RUNNING && !atomic_load(&run->start_announced))
        result = announce_forgotten_start(run);
    return result == 0 ? announce(run, phase) : result;
}

int service_set_handle(struct maps_run *run, const char *handle)
{
    if (too_late(run, "set_handle"))
        return -EALREADY;
    if (handle == NULL || strnlen(handle, HANDLE_MAX_BYTES + 1) > HANDLE_MAX_BYTES) {
        run_violation(run, VIOLATION_BAD_ARGUMENT, "a handle must be a text of at most %d bytes",
                      HANDLE_MAX_BYTES);
        return -EINVAL;
    }
    return run->services->set_handle(run->context, handle);
}

void service_progress(struct maps_run *run, const char *sentence)
{
    if (sentence != NULL && !too_late(run, "progress"))
        run->services->progress(run->context, sentence);
}

int service_emit(struct maps_run *run, int stream, uint64_t source_offset, const void *bytes,
                 size_t length)
{
    uint64_t end;

    if (too_late(run, "emit"))
        return -EALREADY;
    if (stream < MAPS_STDOUT || stream > MAPS_COMBINED || (bytes == NULL && length > 0) ||
        __builtin_add_overflow(source_offset, length, &end)) {
        run_violation(run, VIOLATION_BAD_ARGUMENT,
                      "emit() got stream %d, offset %llu and %zu bytes%s", stream,
                      (unsigned long long)source_offset, length, bytes == NULL ? " at NULL" : "");
        return -EINVAL;
    }
    return length == 0 ? 0
                       : run->services->emit(run->context, stream, source_offset, bytes, length);
}

int service_log_file(struct maps_run *run)
{
    return too_late(run, "log_file") ? -EALREADY : run->services->log_file(run->context);
}

int service_is_cancelled(struct maps_run *run)
{
    return run->services->is_cancelled(run->context);
}

void service_set_run_data(struct maps_run *run, void *data)
{
    (void)pthread_mutex_lock(&run->cancel_lock);
    run->data = data;
    (void)pthread_mutex_unlock(&run->cancel_lock);
}

/* What makes an outcome unusable, or NULL. */
static const char *outcome_problem(const struct maps_outcome *outcome)
{
    if (outcome->reason < MAPS_REASON_EXITED || outcome->reason > MAPS_REASON_RUNTIME_LOST)
        return "an unknown reason";
    if (outcome->reason == MAPS_REASON_EXITED &&
        (outcome->exit_code < 0 || outcome->exit_code > EXIT_CODE_MAX))
        return "an exit code that is not from 0 to 255";
    if (outcome->reason == MAPS_REASON_SIGNALED &&
        (outcome->signal < 1 || outcome->signal > SIGNAL_MAX))
        return "a signal number that is not from 1 to 127";
    return NULL;
}

/* Fields that mean nothing for this reason get the value that says so. */
static void normalise(struct maps_outcome *outcome)
{
    if (outcome->reason != MAPS_REASON_EXITED)
        outcome->exit_code = -1;
    if ((outcome->reason != MAPS_REASON_SIGNALED && outcome->reason != MAPS_REASON_OOM) ||
        outcome->signal < 0 || outcome->signal > SIGNAL_MAX)
        outcome->signal = 0;
    outcome->logs_truncated = outcome->logs_truncated != 0;
}

int service_finish(struct maps_run *run, const struct maps_outcome *outcome)
{
    struct maps_outcome own;
    const char *problem;

    if (outcome == NULL || !abi_size_sane(outcome->size, ABI_OUTCOME_MIN_BYTES)) {
        run_violation(run, VIOLATION_BAD_ARGUMENT,
                      "finish() got no outcome, or one that does not begin with its size");
        return -EINVAL;
    }
    abi_copy(&own, sizeof(own), outcome);
    problem = outcome_problem(&own);
    if (problem != NULL) {
        run_violation(run, VIOLATION_BAD_ARGUMENT,
                      "finish() got %s (reason %u, exit code %d, signal %d)", problem, own.reason,
                      own.exit_code, own.signal);
        return -EINVAL;
    }
    if (atomic_exchange(&run->finished, true)) {
        run_violation(run, VIOLATION_FINISHED_TWICE,
                      "finish() was called again; the first outcome stands");
        return -EALREADY;
    }
    normalise(&own);
    return run->services->finish(run->context, &own);
}
