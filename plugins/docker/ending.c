/* SPDX-License-Identifier: Apache-2.0 */
#include "ending.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../../runner_image/maps-init/protocol.h"

enum { EXIT_BY_SIGKILL = 128 + SIGKILL };

#define SAY(result, ...) snprintf((result)->message, sizeof((result)->message), __VA_ARGS__)

/* A record that does not fit the exit code that the engine saw is not maps-init's. */
static bool credible(const struct ending *ending)
{
    const struct init_exit *record = ending->record;

    if (record == NULL || record->attempt != ending->attempt)
        return false;
    return ending->state == NULL || init_exit_code(record) == ending->state->exit_code;
}

/* Nobody stopped it, and maps-init left nothing: the exit code is all there is. */
static void judge_exit_code(const struct ending *ending, struct result *result)
{
    int code = ending->state->exit_code;

    result->cause = RESULT_LOST;
    if (code == MAPS_INIT_EXIT_SECOND_START) {
        SAY(result, "The engine started the container a second time, which maps-init refused.");
    } else if (code == MAPS_INIT_EXIT_FAILED && !ending->marker) {
        result->cause = RESULT_NOT_STARTED;
        SAY(result, "maps-init could not set up the script: docker logs tells why.");
    } else if (code == EXIT_BY_SIGKILL) {
        SAY(result, "The container was killed from outside.");
    } else {
        result->cause = RESULT_ENDED;
        result->wait_status = code << 8;
        SAY(result, "maps-init left no record of the end: the exit code is the container's.");
    }
}

void ending_judge(const struct ending *ending, struct result *result)
{
    struct evidence evidence = {
        .place = "container",
        .attempt = ending->attempt,
        .stop = ending->stop,
        .started = ending->marker,
        .record = credible(ending) ? ending->record : NULL,
        .complaint = ending->state != NULL ? ending->state->error : "",
    };

    if (evidence.record != NULL)
        evidence.oom_kills = evidence.record->oom_kills;
    if (evidence.oom_kills == 0 && ending->state != NULL && ending->state->oom_killed)
        evidence.oom_kills = 1;
    verdict(&evidence, result);
    if (evidence.record != NULL || evidence.stop != STOP_NONE || evidence.oom_kills > 0)
        return;
    if (ending->state != NULL) {
        /* The engine makes up an exit code for a container that it could not start. */
        if (ending->state->started || ending->marker)
            judge_exit_code(ending, result);
    } else {
        result->cause = RESULT_LOST;
        SAY(result, "The container was removed from outside before the script's end was seen.");
    }
}
