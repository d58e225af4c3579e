/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 4096 };

static _Atomic int threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR:
        return "error";
    case LOG_LEVEL_WARNING:
        return "warning";
    case LOG_LEVEL_INFO:
        return "info";
    case LOG_LEVEL_DEBUG:
        break;
    }
    return "debug";
}

/* Appends text as a quoted logfmt value; the room for the closing quote and the
 * newline is kept by the caller. */
static size_t append_quoted(char *line, size_t used, size_t size, const char *text)
{
    line[used++] = '"';
    for (; *text != '\0' && used + 5 < size; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            line[used++] = '\\';
            line[used++] = (char)c;
        } else if (c == '\n') {
            line[used++] = '\\';
            line[used++] = 'n';
        } else {
            line[used++] = c < ' ' ? ' ' : (char)c;
        }
    }
    line[used++] = '"';
    return used;
}

static size_t append_pair(char *line, size_t used, size_t size, const char *key, const char *value)
{
    if (value == NULL)
        return used;
    int n = snprintf(line + used, size - used, " %s=%.64s", key, value);
    return n < 0 ? used : used + (size_t)n;
}

void log_line(enum log_level level, const char *job_id, const char *plugin, const char *format, ...)
{
    char message[LINE_BYTES / 2];
    char line[LINE_BYTES];
    char now[CLOCK_TEXT_BYTES];
    va_list ap;

    if ((int)level > atomic_load(&threshold))
        return;
    va_start(ap, format);
    (void)vsnprintf(message, sizeof(message), format, ap);
    va_end(ap);

    clock_format_ms(clock_wall_ms(), now);
    size_t used = (size_t)snprintf(line, sizeof(line), "time=%s level=%s", now, level_name(level));
    used = append_pair(line, used, sizeof(line), "job", job_id);
    used = append_pair(line, used, sizeof(line), "plugin", plugin);
    used += (size_t)snprintf(line + used, sizeof(line) - used, " msg=");
    used = append_quoted(line, used, sizeof(line), message);
    line[used++] = '\n';
    /* Nobody may be reading stderr any more: a log line is not worth stopping a job. */
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written;
}
