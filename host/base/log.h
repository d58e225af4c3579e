/* SPDX-License-Identifier: Apache-2.0 */
/* Structured log lines on stderr, logfmt:
 *   time=2026-01-02T03:04:05.678Z level=info job=... plugin=... msg="..." key=value
 * Thread-safe: one write(2) per line. */
#ifndef MAPS_HOST_BASE_LOG_H
#define MAPS_HOST_BASE_LOG_H

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

void log_set_level(enum log_level level); /* default: info */

/* Which job and plugin the line is about; either may be NULL. */
void log_line(enum log_level level, const char *job_id, const char *plugin, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, NULL, NULL, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, NULL, NULL, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, NULL, NULL, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, NULL, NULL, __VA_ARGS__)

#endif
