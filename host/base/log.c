/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"
#include "base/log_text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 3072 };

static const struct {
    const char *name;
    enum log_level level;
} levels[] = { { "error", LOG_LEVEL_ERROR },
               { "warning", LOG_LEVEL_WARNING },
               { "info", LOG_LEVEL_INFO },
               { "debug", LOG_LEVEL_DEBUG } };

static atomic_int threshold = LOG_LEVEL_INFO;
static atomic_int current_format = LOG_FORMAT_LOGFMT;
static atomic_bool to_journal;

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

void log_set_format(enum log_format format)
{
    atomic_store(&current_format, (int)format);
}

void log_configure(const char *level, const char *format)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (level != NULL && strcmp(levels[i].name, level) == 0)
            log_set_level(levels[i].level);
    if (format == NULL)
        return;
    if (strcmp(format, "json") == 0)
        log_set_format(LOG_FORMAT_JSON);
    else if (strcmp(format, "logfmt") == 0)
        log_set_format(LOG_FORMAT_LOGFMT);
}

void log_find_journal(void)
{
    const char *named = getenv("JOURNAL_STREAM");
    char stream[64];
    struct stat status;

    atomic_store(&to_journal, false);
    if (named == NULL || fstat(STDERR_FILENO, &status) != 0)
        return;
    (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev,
                   (uintmax_t)status.st_ino);
    atomic_store(&to_journal, strcmp(stream, named) == 0);
}

static const char *level_name(enum log_level level)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (levels[i].level == level)
            return levels[i].name;
    return "debug";
}

static void begin_line(struct log_text *text, enum log_level level)
{
    enum log_format format = (enum log_format)atomic_load(&current_format);
    char prefix[8] = "", now[CLOCK_TEXT_BYTES];

    if (atomic_load(&to_journal)) {
        (void)snprintf(prefix, sizeof(prefix), "<%d>", (int)level);
        log_text_begin(text, format, prefix);
    } else {
        clock_format_ms(clock_wall_ms(), now);
        log_text_begin(text, format, prefix);
        log_text_pair(text, "time", now);
    }
    log_text_pair(text, "level", level_name(level));
}

static void add_fields(struct log_text *text, const struct log_field *field)
{
    for (int i = 0; i < LOG_FIELDS_MAX && field != NULL && field->name != NULL; i++, field++) {
        if (field->text != NULL)
            log_text_pair(text, field->name, field->text);
        else
            log_text_number(text, field->name, field->number);
    }
}

void log_about_v(enum log_level level, const struct log_subject *subject, const char *format,
                 va_list arguments)
{
    char message[MESSAGE_BYTES];
    struct log_text text;

    if ((int)level > atomic_load(&threshold))
        return;
    int length = vsnprintf(message, sizeof(message), format, arguments);
    begin_line(&text, level);
    log_text_pair(&text, "job", subject->job);
    log_text_pair(&text, "plugin", subject->plugin);
    log_text_pair(&text, "phase", subject->phase);
    log_text_pair(&text, "event", subject->event);
    add_fields(&text, subject->fields);
    log_text_message(&text, length < 0 ? "" : message, length >= MESSAGE_BYTES);
    log_text_end(&text);
    /* Nobody may be reading stderr any more: a log line is not worth stopping a job. */
    ssize_t written = write(STDERR_FILENO, text.bytes, text.used);
    (void)written;
}

void log_about(enum log_level level, const struct log_subject *subject, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_about_v(level, subject, format, arguments);
    va_end(arguments);
}

void log_line(enum log_level level, const char *job_id, const char *plugin, const char *format, ...)
{
    struct log_subject subject = { .job = job_id, .plugin = plugin };
    va_list arguments;

    va_start(arguments, format);
    log_about_v(level, &subject, format, arguments);
    va_end(arguments);
}
