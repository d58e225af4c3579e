/* SPDX-License-Identifier: Apache-2.0 */
#include "exit_record.h"

#include "protocol.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum cause exit_record_cause(enum cause planned, int wait_status, int signal)
{
    bool killed = WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;

    if (planned == CAUSE_TIMEOUT && !killed)
        return CAUSE_EXITED; /* it was faster than our SIGKILL */
    if (planned == CAUSE_TERMINATED && !killed &&
        !(WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == signal))
        return CAUSE_EXITED;
    return planned;
}

static const char *cause_name(enum cause cause)
{
    static const char *const names[] = {
        [CAUSE_EXITED] = "exited",
        [CAUSE_TIMEOUT] = "timeout",
        [CAUSE_OUTPUT_LIMIT] = "output_limit",
        [CAUSE_TERMINATED] = "terminated",
        [CAUSE_START_FAILED] = "start_failed",
    };

    return names[cause];
}

struct lines {
    char *text;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct lines *lines, const char *format, ...)
{
    size_t room = EXIT_RECORD_BYTES - lines->length;
    va_list ap;

    va_start(ap, format);
    int n = vsnprintf(lines->text + lines->length, room, format, ap);
    va_end(ap);
    if (n > 0 && (size_t)n < room)
        lines->length += (size_t)n;
}

size_t exit_record_format(const struct exit_record *record, char text[static EXIT_RECORD_BYTES])
{
    struct lines lines = { text, 0 };

    add(&lines, "attempt=%" PRIu32 "\nwait_status=%d\ncause=%s\n", record->attempt,
        record->wait_status, cause_name(record->cause));
    if (record->cause == CAUSE_START_FAILED ||
        (record->cause == CAUSE_OUTPUT_LIMIT && record->error.text[0] != '\0'))
        add(&lines, "error=%s\n", record->error.text);
    if (record->oom_kills >= 0)
        add(&lines, "oom_kills=%" PRId64 "\n", record->oom_kills);
    add(&lines, "log_bytes=%" PRIu64 "\n", record->log_bytes);
    if (record->log_lost_bytes > 0)
        add(&lines, "log_lost_bytes=%" PRIu64 "\nlog_error=%s\n", record->log_lost_bytes,
            strerror(record->log_errno));
    if (record->passthrough_lost_bytes > 0)
        add(&lines, "passthrough_lost_bytes=%" PRIu64 "\n", record->passthrough_lost_bytes);
    add(&lines, "started_ms=%" PRId64 "\nended_ms=%" PRId64 "\n", record->started_ms,
        record->ended_ms);
    return lines.length;
}

int exit_record_exit_code(const struct exit_record *record)
{
    switch (record->cause) {
    case CAUSE_TIMEOUT:
        return MAPS_INIT_EXIT_TIMEOUT;
    case CAUSE_OUTPUT_LIMIT:
        return MAPS_INIT_EXIT_OUTPUT_LIMIT;
    case CAUSE_START_FAILED:
        return MAPS_INIT_EXIT_NOT_STARTED;
    case CAUSE_EXITED:
    case CAUSE_TERMINATED:
        break;
    }
    return WIFSIGNALED(record->wait_status) ? 128 + WTERMSIG(record->wait_status)
                                            : WEXITSTATUS(record->wait_status);
}
