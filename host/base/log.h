/* SPDX-License-Identifier: Apache-2.0 */
/* Structured log lines on stderr, one write(2) each, in one of two formats:
 *   time=2026-01-02T03:04:05.678Z level=info job=... plugin=... phase=... event=... msg="..."
 *   {"time":"2026-01-02T03:04:05.678Z","level":"info","job":"...", ... "msg":"..."}
 * Where stderr is the journal, "<6>" stands in front, from which it takes the priority, and the
 * time is left to it.  Any thread; allocates nothing.  Docs: docs/operating.md. */
#ifndef MAPS_HOST_BASE_LOG_H
#define MAPS_HOST_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

void log_set_level(enum log_level level);    /* default: info */
void log_set_format(enum log_format format); /* default: logfmt */
/* "error", "warning", "info" or "debug" and "logfmt" or "json", as in the settings; other
 * names, and NULL, change nothing. */
void log_configure(const char *level, const char *format);
/* Looks whether stderr is the journal: $JOURNAL_STREAM names its device and inode.  Before
 * threads are made. */
void log_find_journal(void);

/* A value of its own on a line, beside the message: text if it is not NULL, else the number. */
struct log_field {
    const char *name; /* of letters and '_' */
    const char *text;
    int64_t number;
};

enum { LOG_FIELDS_MAX = 8 };

/* What a line is about; each may be NULL. */
struct log_subject {
    const char *job, *plugin;
    const char *phase;              /* as in timings_ms: "queued", "prepare", "start", "run" ... */
    const char *event;              /* what happened, for programs: "finished" */
    const struct log_field *fields; /* at most LOG_FIELDS_MAX; ends with a name of NULL */
};

void log_about(enum log_level level, const struct log_subject *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void log_about_v(enum log_level level, const struct log_subject *subject, const char *format,
                 va_list arguments) __attribute__((format(printf, 3, 0)));

/* Which job and plugin the line is about; either may be NULL. */
void log_line(enum log_level level, const char *job_id, const char *plugin, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, NULL, NULL, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, NULL, NULL, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, NULL, NULL, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, NULL, NULL, __VA_ARGS__)

#endif
