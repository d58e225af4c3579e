/* SPDX-License-Identifier: Apache-2.0 */
/* After the container's end: evidence, outputs, outcome. */
#include "ending.h"
#include "files.h"
#include "job_run.h"
#include "outcome.h"
#include "transfer.h"

#include "../../runner_image/maps-init/protocol.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int report_reason(struct maps_run *run, uint32_t reason, const char *message)
{
    const struct maps_outcome outcome = {
        .size = sizeof(outcome), .reason = reason, .exit_code = -1, .message = message
    };

    return docker_host->finish(run, &outcome);
}

static bool marker_there(const char *control_dir, uint32_t attempt)
{
    TEXT_AUTO marker = text_format("%s/" MAPS_INIT_STARTED_PREFIX "%u", control_dir, attempt);

    return marker != NULL && access(marker, F_OK) == 0;
}

static int report(const struct job_run *run, const struct result *result,
                  const struct init_exit *record, bool logs_truncated)
{
    struct maps_outcome outcome;
    struct outcome_text text;

    outcome_from_result(result, run->job->limits, run->job->timeout_ms, &outcome, &text);
    if (record != NULL)
        outcome.started_ms = record->started_ms;
    outcome.logs_truncated |= logs_truncated;
    return docker_host->finish(run->run, &outcome);
}

/* What the container is, now that it has ended. */
static int read_state(const struct job_run *run, bool *gone, struct container_state *state,
                      struct fault *fault)
{
    int rc = container_inspect(run->instance->engine, run->container, run->instance->owner, state,
                               fault);

    *gone = rc == CONTAINER_ABSENT;
    return rc > 0 && !*gone ? -EPROTO : *gone ? 0 : rc;
}

static int judge(const struct job_run *run, const struct container_state *state,
                 bool logs_truncated)
{
    struct ending ending = { .attempt = run->job->attempt, .state = state, .stop = run->stop };
    struct init_exit record;
    struct result result;
    TEXT_AUTO control_dir =
        run->archive ? transfer_collected(run->job) : strdup(run->job->control_dir);

    if (control_dir == NULL)
        return -ENOMEM;
    ending.marker = marker_there(control_dir, ending.attempt);
    if (init_exit_read(control_dir, &record) == 0 && record.attempt == ending.attempt)
        ending.record = &record;
    ending_judge(&ending, &result);
    return report(run, &result, ending.record, logs_truncated);
}

int conclude(struct job_run *run, bool gone, struct fault *fault)
{
    struct container_state state;
    bool logs_truncated = false;
    int rc = docker_host->phase(run->run, MAPS_PHASE_COLLECT);

    if (rc == 0 && !gone)
        rc = read_state(run, &gone, &state, fault);
    if (rc == 0 && run->archive && !gone)
        rc = transfer_collect(run, &logs_truncated, fault);
    if (rc == -EDQUOT)
        return report_reason(run->run, MAPS_REASON_OUTPUT_LIMIT,
                             "The output folder holds more than disk_bytes allows.");
    return rc == 0 ? judge(run, gone ? NULL : &state, logs_truncated) : rc;
}
