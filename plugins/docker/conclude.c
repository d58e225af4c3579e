/* SPDX-License-Identifier: Apache-2.0 */
/* After the container's end: evidence, outputs, outcome. */
#include "ending.h"
#include "files.h"
#include "job_run.h"
#include "outcome.h"
#include "transfer.h"

#include "../../runner_image/maps-init/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int report_reason(struct maps_run *run, uint32_t reason, const char *message)
{
    const struct maps_outcome outcome = {
        .size = sizeof(outcome), .reason = reason, .exit_code = -1, .message = message
    };

    return docker_host->finish(run, &outcome);
}

static bool marker_there(const struct maps_job *job)
{
    TEXT_AUTO marker =
        text_format("%s/" MAPS_INIT_STARTED_PREFIX "%u", job->control_dir, job->attempt);

    return marker != NULL && access(marker, F_OK) == 0;
}

static int report(const struct job_run *run, const struct result *result,
                  const struct init_exit *record)
{
    struct maps_outcome outcome;
    struct outcome_text text;

    outcome_from_result(result, run->job->limits, run->job->timeout_ms, &outcome, &text);
    if (record != NULL)
        outcome.started_ms = record->started_ms;
    return docker_host->finish(run->run, &outcome);
}

/* What the container is, now that it has ended. */
static int read_state(const struct job_run *run, bool *gone, struct container_state *state,
                      struct fault *fault)
{
    if (*gone)
        return 0;
    int rc = container_inspect(run->instance->engine, run->container, run->instance->owner, state,
                               fault);

    *gone = rc == CONTAINER_ABSENT;
    return rc > 0 && !*gone ? -EPROTO : *gone ? 0 : rc;
}

int conclude(struct job_run *run, bool gone, struct fault *fault)
{
    struct container_state state;
    struct init_exit record;
    struct result result;
    struct ending ending = { .attempt = run->job->attempt, .stop = run->stop };
    int rc = docker_host->phase(run->run, MAPS_PHASE_COLLECT);

    if (rc == 0)
        rc = read_state(run, &gone, &state, fault);
    if (rc == 0 && run->archive && !gone)
        rc = transfer_collect(run, fault);
    if (rc < 0)
        return rc;
    ending.state = gone ? NULL : &state;
    ending.marker = marker_there(run->job);
    if (init_exit_read(run->job->control_dir, &record) == 0)
        ending.record = &record;
    ending_judge(&ending, &result);
    return report(run, &result,
                  ending.record != NULL && record.attempt == run->job->attempt ? &record : NULL);
}
