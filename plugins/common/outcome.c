/* SPDX-License-Identifier: Apache-2.0 */
#include "outcome.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define SAY(...) snprintf(text->text, sizeof(text->text), __VA_ARGS__)

static void say_oom(const struct result *result, const struct maps_limits *limits,
                    struct outcome_text *text)
{
    SAY("The kernel killed %" PRIu64 " process%s of the job at its memory limit of %" PRIu64
        " bytes.",
        result->oom_kills, result->oom_kills == 1 ? "" : "es", limits->memory_bytes);
}

static void fill_oom(const struct result *result, const struct maps_limits *limits,
                     struct maps_outcome *outcome, struct outcome_text *text)
{
    outcome->reason = MAPS_REASON_OOM;
    outcome->signal = SIGKILL;
    say_oom(result, limits, text);
}

/* An OOM kill is the reason only if the script failed in its wake: one that lost a child
 * and coped has succeeded. */
static void fill_ended(const struct result *result, const struct maps_limits *limits,
                       struct maps_outcome *outcome, struct outcome_text *text)
{
    int status = result->wait_status;
    bool failed = (WIFEXITED(status) && WEXITSTATUS(status) != 0) ||
                  (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    if (result->oom_kills > 0 && failed) {
        fill_oom(result, limits, outcome, text);
        return;
    }
    if (result->oom_kills > 0)
        say_oom(result, limits, text);
    if (WIFSIGNALED(status)) {
        outcome->reason = MAPS_REASON_SIGNALED;
        outcome->signal = WTERMSIG(status);
    } else {
        outcome->reason = MAPS_REASON_EXITED;
        outcome->exit_code = WEXITSTATUS(status);
    }
}

static uint32_t plain_reason(enum result_cause cause)
{
    switch (cause) {
    case RESULT_TIMEOUT:
        return MAPS_REASON_TIMEOUT;
    case RESULT_CANCELLED:
        return MAPS_REASON_CANCELLED;
    case RESULT_OUTPUT_LIMIT:
        return MAPS_REASON_OUTPUT_LIMIT;
    case RESULT_NOT_STARTED:
        return MAPS_REASON_RUNTIME_UNAVAILABLE;
    case RESULT_UNSTARTABLE:
        return MAPS_REASON_REJECTED;
    default:
        return MAPS_REASON_RUNTIME_LOST;
    }
}

static void say_limit(const struct result *result, const struct maps_limits *limits,
                      uint64_t timeout_ms, struct outcome_text *text)
{
    if (result->message[0] != '\0')
        SAY("%s", result->message);
    else if (result->cause == RESULT_TIMEOUT)
        SAY("The script was killed after %" PRIu64 " ms, its timeout.", timeout_ms);
    else if (result->cause == RESULT_OUTPUT_LIMIT)
        SAY("The script wrote more than %" PRIu64 " bytes to stdout and stderr.",
            limits->output_bytes);
}

void outcome_from_result(const struct result *result, const struct maps_limits *limits,
                         uint64_t timeout_ms, struct maps_outcome *outcome,
                         struct outcome_text *text)
{
    memset(outcome, 0, sizeof(*outcome));
    outcome->size = sizeof(*outcome);
    outcome->exit_code = -1;
    text->text[0] = '\0';
    if (result->cause == RESULT_ENDED) {
        fill_ended(result, limits, outcome, text);
    } else if (result->cause == RESULT_OOM) {
        fill_oom(result, limits, outcome, text);
    } else {
        outcome->reason = plain_reason(result->cause);
        outcome->logs_truncated =
            result->cause == RESULT_OUTPUT_LIMIT && result->message[0] == '\0';
        say_limit(result, limits, timeout_ms, text);
    }
    outcome->message = text->text[0] != '\0' ? text->text : NULL;
}
