/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void tell(struct recorder *recorder, const char *format, ...) MAPS_PRINTF(2, 3);
static void tell(struct recorder *recorder, const char *format, ...)
{
    size_t used = strlen(recorder->story);
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(recorder->story + used, sizeof(recorder->story) - used, format, ap);
    va_end(ap);
}

static int record_phase(void *context, int phase)
{
    tell(context, "phase %d;", phase);
    atomic_store(&((struct recorder *)context)->phase, phase);
    return 0;
}

static int record_handle(void *context, const char *handle)
{
    tell(context, "handle %.32s;", handle);
    return 0;
}

static void record_progress(void *context, const char *sentence)
{
    tell(context, "progress %s;", sentence);
}

static int record_emit(void *context, int stream, uint64_t source_offset, const void *bytes,
                       size_t length)
{
    tell(context, "emit %d at %llu: %.*s;", stream, (unsigned long long)source_offset, (int)length,
         (const char *)bytes);
    return 0;
}

static int record_log_file(void *context)
{
    tell(context, "log_file;");
    return 0;
}

static int answer_cancelled(void *context)
{
    return atomic_load(&((struct recorder *)context)->cancelled);
}

static int record_finish(void *context, const struct maps_outcome *outcome)
{
    struct recorder *recorder = context;

    recorder->finishes++;
    recorder->outcome = *outcome;
    recorder->outcome.message = NULL;
    tell(recorder, "finish %u code %d signal %d truncated %u message %s;", outcome->reason,
         outcome->exit_code, outcome->signal, outcome->logs_truncated,
         outcome->message == NULL ? "-" : outcome->message);
    return 0;
}

const struct run_services recorder_services = { .phase = record_phase,
                                                .set_handle = record_handle,
                                                .progress = record_progress,
                                                .emit = record_emit,
                                                .log_file = record_log_file,
                                                .is_cancelled = answer_cancelled,
                                                .finish = record_finish };

static const char *get_value(void *context, const char *option)
{
    static const char *const values[][2] = { { "size_bytes", "8192" },
                                             { "on", "true" },
                                             { "ratio", "0.25" } };

    if (strcmp(option, "text") == 0)
        return context;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strcmp(option, values[i][0]) == 0)
            return values[i][1];
    return NULL;
}

static const char *const *get_list(void *context, const char *option)
{
    static const char *const items[] = { "first", "second", NULL };

    (void)context;
    return strcmp(option, "items") == 0 ? items : NULL;
}

struct plugin_values recorder_values(const char *text)
{
    static const struct maps_profile python = { .size = sizeof(python), .name = "python" };
    static const struct maps_profile *const profiles[] = { &python, NULL };

    return (struct plugin_values){
        .get = get_value, .list = get_list, .context = (void *)(uintptr_t)text, .profiles = profiles
    };
}

struct instance *recorder_configure(struct plugin *plugin, const char *text)
{
    struct plugin_values values = recorder_values(text);
    struct instance *instance;

    assert_non_null(plugin);
    assert_null(plugin_configure(plugin, &values));
    instance = plugin_instance(plugin);
    assert_non_null(instance);
    return instance;
}
