/* SPDX-License-Identifier: Apache-2.0 */
#include "result.h"

#include "files.h"
#include "records.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RESULT_MAX_BYTES = 1024 };

static const char *const cause_names[] = {
    [RESULT_ENDED] = "ended",
    [RESULT_TIMEOUT] = "timeout",
    [RESULT_CANCELLED] = "cancelled",
    [RESULT_OUTPUT_LIMIT] = "output_limit",
    [RESULT_OOM] = "oom",
    [RESULT_NOT_STARTED] = "not_started",
    [RESULT_UNSTARTABLE] = "unstartable",
    [RESULT_LOST] = "lost",
};
enum { CAUSE_COUNT = sizeof(cause_names) / sizeof(cause_names[0]) };

static void flatten(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
    }
}

size_t result_format(const struct result *result, char *text, size_t size)
{
    char message[sizeof(result->message)];
    int length;

    snprintf(message, sizeof(message), "%s", result->message);
    flatten(message);
    length = snprintf(text, size,
                      "attempt=%" PRIu32 "\ncause=%s\nwait_status=%d\noom_kills=%" PRIu64
                      "\nmessage=%s\n",
                      result->attempt, cause_names[result->cause], result->wait_status,
                      result->oom_kills, message);
    return (size_t)length < size ? (size_t)length : size - 1;
}

static bool cause_parse(const char *name, enum result_cause *cause)
{
    unsigned i;

    for (i = 0; i < CAUSE_COUNT; i++) {
        if (strcmp(name, cause_names[i]) == 0) {
            *cause = (enum result_cause)i;
            return true;
        }
    }
    return false;
}

static bool field_parse(const struct record *record, struct result *result, bool *has_cause)
{
    uint64_t number = 0;

    if (strcmp(record->key, "message") == 0) {
        snprintf(result->message, sizeof(result->message), "%s", record->value);
        return true;
    }
    if (strcmp(record->key, "cause") == 0) {
        *has_cause = cause_parse(record->value, &result->cause);
        return *has_cause;
    }
    if (strcmp(record->key, "wait_status") == 0 && strcmp(record->value, "-1") == 0)
        return true;
    if (!record_number(record->value, &number))
        return false;
    if (strcmp(record->key, "attempt") == 0)
        result->attempt = (uint32_t)number;
    else if (strcmp(record->key, "wait_status") == 0)
        result->wait_status = (int)number;
    else if (strcmp(record->key, "oom_kills") == 0)
        result->oom_kills = number;
    return true;
}

bool result_parse(char *text, size_t length, struct result *result)
{
    bool has_cause = false;
    struct record record;
    char *cursor = text;

    memset(result, 0, sizeof(*result));
    result->wait_status = -1;
    while (record_next(&cursor, text + length, '\n', &record)) {
        if (!field_parse(&record, result, &has_cause))
            return false;
    }
    return has_cause && result->attempt > 0 &&
           (result->cause != RESULT_ENDED || result->wait_status >= 0);
}

int result_write(int runtime_fd, const struct result *result)
{
    char text[RESULT_MAX_BYTES];
    size_t length = result_format(result, text, sizeof(text));

    return file_replace_at(runtime_fd, RESULT_FILE, text, length, true);
}

int result_read(int runtime_fd, uint32_t attempt, struct result *result)
{
    char text[RESULT_MAX_BYTES];
    ssize_t length = file_read_at(runtime_fd, RESULT_FILE, text, sizeof(text));

    if (length < 0)
        return (int)length;
    if (!result_parse(text, (size_t)length, result))
        return -EBADMSG;
    return result->attempt == attempt ? 0 : -ENOENT;
}
