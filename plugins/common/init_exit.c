/* SPDX-License-Identifier: Apache-2.0 */
#include "init_spec.h"

#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* maps-init writes at most 1 KiB. */
enum { MAX_RECORD_BYTES = 4096, MAX_LINE_BYTES = 512 };

static bool parse_signed(const char *text, int64_t min, int64_t max, int64_t *number)
{
    char *end;

    errno = 0;
    long long value = strtoll(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0' || value < min || value > max)
        return false;
    *number = value;
    return true;
}

static bool is_cause(const char *text)
{
    static const char *const causes[] = { "exited", "timeout", "output_limit", "terminated",
                                          "start_failed" };

    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (strcmp(text, causes[i]) == 0)
            return true;
    }
    return false;
}

static void copy_text(char *target, size_t size, const char *text)
{
    (void)snprintf(target, size, "%s", text);
}

/* False if the value is not acceptable.  Keys that are not known are passed over. */
static bool set_text(struct init_exit *record, const char *key, const char *value)
{
    if (strcmp(key, "cause") == 0) {
        copy_text(record->cause, sizeof(record->cause), value);
        return is_cause(value);
    }
    if (strcmp(key, "error") == 0)
        copy_text(record->error, sizeof(record->error), value);
    else if (strcmp(key, "log_error") == 0)
        copy_text(record->log_error, sizeof(record->log_error), value);
    return true;
}

struct numbers {
    int64_t attempt, wait_status, oom_kills, log_bytes, log_lost_bytes, started_ms, ended_ms;
};

static bool set_number(struct numbers *numbers, const char *key, const char *value, bool *known)
{
    const struct {
        const char *key;
        int64_t min, max, *target;
    } fields[] = {
        { "attempt", 1, UINT32_MAX, &numbers->attempt },
        { "wait_status", -1, INT_MAX, &numbers->wait_status },
        { "oom_kills", 0, INT64_MAX, &numbers->oom_kills },
        { "log_bytes", 0, INT64_MAX, &numbers->log_bytes },
        { "log_lost_bytes", 0, INT64_MAX, &numbers->log_lost_bytes },
        { "started_ms", 0, INT64_MAX, &numbers->started_ms },
        { "ended_ms", 0, INT64_MAX, &numbers->ended_ms },
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(key, fields[i].key) != 0)
            continue;
        *known = true;
        return parse_signed(value, fields[i].min, fields[i].max, fields[i].target);
    }
    *known = false;
    return true;
}

/* line: without its end; changed. */
static bool parse_line(char *line, struct init_exit *record, struct numbers *numbers)
{
    char *equals = strchr(line, '=');
    bool known;

    if (equals == NULL)
        return false;
    *equals = '\0';
    if (!set_number(numbers, line, equals + 1, &known))
        return false;
    return known || set_text(record, line, equals + 1);
}

static bool parse_lines(const char *text, size_t length, struct init_exit *record,
                        struct numbers *numbers)
{
    const char *end = text + length;

    while (text < end) {
        char line[MAX_LINE_BYTES];
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        size_t line_length = line_end == NULL ? 0 : (size_t)(line_end - text);

        if (line_end == NULL || line_length >= sizeof(line) ||
            memchr(text, '\0', line_length) != NULL)
            return false;
        memcpy(line, text, line_length);
        line[line_length] = '\0';
        if (!parse_line(line, record, numbers))
            return false;
        text = line_end + 1;
    }
    return true;
}

bool init_exit_parse(const char *text, size_t length, struct init_exit *record)
{
    struct numbers numbers = { .wait_status = INT64_MIN };

    *record = (struct init_exit){ .wait_status = -1 };
    if (!parse_lines(text, length, record, &numbers) || numbers.attempt == 0 ||
        numbers.wait_status == INT64_MIN || record->cause[0] == '\0')
        return false;
    /* Only what was never started has no status. */
    if ((numbers.wait_status < 0) != (strcmp(record->cause, "start_failed") == 0))
        return false;
    record->attempt = (uint32_t)numbers.attempt;
    record->wait_status = (int)numbers.wait_status;
    record->oom_kills = (uint64_t)numbers.oom_kills;
    record->log_bytes = (uint64_t)numbers.log_bytes;
    record->log_lost_bytes = (uint64_t)numbers.log_lost_bytes;
    record->started_ms = numbers.started_ms;
    record->ended_ms = numbers.ended_ms;
    return true;
}

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

/* Where a script can reach the folder, the file may be anything: a link, a FIFO. */
static int open_regular(const char *path, int *fd)
{
    struct stat st;

    *fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (*fd < 0)
        return errno == ELOOP ? -EBADMSG : -errno;
    if (fstat(*fd, &st) != 0)
        return -errno;
    return S_ISREG(st.st_mode) && st.st_size <= MAX_RECORD_BYTES ? 0 : -EBADMSG;
}

int init_exit_read(const char *control_dir, struct init_exit *record)
{
    __attribute__((cleanup(close_fd))) int fd = -1;
    char path[PATH_MAX], text[MAX_RECORD_BYTES];

    if (snprintf(path, sizeof(path), "%s/%s", control_dir, MAPS_INIT_EXIT) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    int error = open_regular(path, &fd);
    if (error != 0)
        return error;
    ssize_t n = read(fd, text, sizeof(text)); /* a regular file: whole, in one piece */

    if (n < 0)
        return -errno;
    return init_exit_parse(text, (size_t)n, record) ? 0 : -EBADMSG;
}

int init_exit_code(const struct init_exit *record)
{
    if (strcmp(record->cause, "timeout") == 0)
        return MAPS_INIT_EXIT_TIMEOUT;
    if (strcmp(record->cause, "output_limit") == 0)
        return MAPS_INIT_EXIT_OUTPUT_LIMIT;
    if (strcmp(record->cause, "start_failed") == 0)
        return MAPS_INIT_EXIT_NOT_STARTED;
    return WIFSIGNALED(record->wait_status) ? 128 + WTERMSIG(record->wait_status)
                                            : WEXITSTATUS(record->wait_status);
}
