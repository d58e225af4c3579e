/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

#include <stdio.h>
#include <string.h>

#define SAY(result, ...) snprintf((result)->message, sizeof((result)->message), __VA_ARGS__)

/* maps-init saw the end, and so nothing that the supervisor did afterwards caused it. */
static void judge_record(const struct init_exit *record, struct result *result)
{
    if (strcmp(record->cause, "timeout") == 0) {
        result->cause = RESULT_TIMEOUT;
    } else if (strcmp(record->cause, "output_limit") == 0) {
        result->cause = RESULT_OUTPUT_LIMIT;
        SAY(result, "%s", record->error);
    } else if (record->wait_status < 0) {
        result->cause = RESULT_UNSTARTABLE;
        SAY(result, "%s", record->error);
    } else {
        result->cause = RESULT_ENDED;
        result->wait_status = record->wait_status;
    }
}

static void judge_silence(const struct evidence *evidence, struct result *result)
{
    const char *said = evidence->complaint;

    if (evidence->oom_kills > 0) {
        result->cause = RESULT_OOM;
    } else if (evidence->started) {
        result->cause = RESULT_LOST;
        SAY(result, "The %s ended without saying how the script did%s%s.", evidence->place,
            said[0] != '\0' ? ": " : ", as if it was killed from outside", said);
    } else {
        result->cause = RESULT_NOT_STARTED;
        SAY(result, "The %s could not be set up: %s", evidence->place,
            said[0] != '\0' ? said : "it ended without saying why.");
    }
}

/* The supervisor's own act: without the start marker the script cannot have run. */
static void judge_interruption(const struct evidence *evidence, const char *what,
                               struct result *result)
{
    bool started = evidence->started || evidence->record != NULL;

    result->cause = started ? RESULT_LOST : RESULT_NOT_STARTED;
    SAY(result, "%s, %s.", what,
        started ? "and the script with it" : "before the script was started");
}

static void judge_stop(const struct evidence *evidence, struct result *result)
{
    switch (evidence->stop) {
    case STOP_NONE:
        judge_silence(evidence, result);
        break;
    case STOP_CANCEL:
        result->cause = RESULT_CANCELLED;
        break;
    case STOP_DEADLINE:
        result->cause = RESULT_TIMEOUT;
        break;
    case STOP_START_DEADLINE:
        /* It may have started just before it was killed for not having started. */
        result->cause = evidence->started ? RESULT_LOST : RESULT_NOT_STARTED;
        SAY(result, "The %s was not ready in time: the machine is overloaded.", evidence->place);
        break;
    case STOP_SHUTDOWN:
        judge_interruption(evidence, "The job's supervisor was told to end", result);
        break;
    case STOP_SUPERVISOR_DIED:
        judge_interruption(evidence, "The job's supervisor was killed", result);
        break;
    }
}

/* maps-init was told to end the script, by us or by somebody else. */
static bool told_to_end(const struct init_exit *record)
{
    return strcmp(record->cause, "terminated") == 0;
}

void verdict(const struct evidence *evidence, struct result *result)
{
    memset(result, 0, sizeof(*result));
    result->attempt = evidence->attempt;
    result->oom_kills = evidence->oom_kills;
    result->wait_status = -1;
    if (evidence->record != NULL && !told_to_end(evidence->record)) {
        judge_record(evidence->record, result);
    } else if (evidence->record != NULL && evidence->stop == STOP_NONE) {
        result->cause = RESULT_LOST;
        SAY(result, "The script was told to end from outside, as when the engine or the machine "
                    "shuts down.");
    } else {
        judge_stop(evidence, result);
    }
}
