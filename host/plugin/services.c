/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/services.h"

#include "base/clock.h"
#include "base/log.h"
#include "plugin/call.h"
#include "plugin/origin.h"
#include "plugin/plugin.h"
#include "plugin/run.h"

static enum log_level level_of(int level)
{
    switch (level) {
    case MAPS_LOG_ERROR:
        return LOG_LEVEL_ERROR;
    case MAPS_LOG_WARNING:
        return LOG_LEVEL_WARNING;
    case MAPS_LOG_DEBUG:
        return LOG_LEVEL_DEBUG;
    default:
        return LOG_LEVEL_INFO;
    }
}

/* `code` called a service that was told of no run. */
static const char *name_of_caller(const void *code, struct plugin_origin *buffer)
{
    const struct plugin *plugin = call_plugin();

    if (plugin != NULL)
        return plugin->name;
    return origin_find(code, buffer) ? buffer->plugin : NULL;
}

/* As in timings_ms of the job document; NULL: no phase was announced. */
static const char *phase_name(int phase)
{
    switch (phase) {
    case MAPS_PHASE_PREPARE:
        return "prepare";
    case MAPS_PHASE_START_ATTEMPTED:
        return "start";
    case MAPS_PHASE_RUNNING:
        return "run";
    case MAPS_PHASE_COLLECT:
        return "collect";
    default:
        return NULL;
    }
}

static void service_log(struct maps_run *run, int level, const char *format, ...) MAPS_PRINTF(3, 4);
static void service_log(struct maps_run *run, int level, const char *format, ...)
{
    struct plugin_origin buffer;
    struct log_subject subject = { 0 };
    va_list ap;

    if (run != NULL)
        subject = (struct log_subject){ .job = run->job_id,
                                        .plugin = run->instance->plugin->name,
                                        .phase = phase_name(atomic_load(&run->phase)) };
    else
        subject.plugin = name_of_caller(__builtin_return_address(0), &buffer);
    va_start(ap, format);
    log_about_v(level_of(level), &subject, format, ap);
    va_end(ap);
}

static void service_set_error(const char *format, ...) MAPS_PRINTF(1, 2);
static void service_set_error(const char *format, ...)
{
    struct plugin_origin buffer;
    va_list ap;
    bool kept;

    va_start(ap, format);
    kept = call_set_sentence(format, ap);
    va_end(ap);
    if (!kept)
        log_line(LOG_LEVEL_DEBUG, NULL, name_of_caller(__builtin_return_address(0), &buffer),
                 "set_error() outside of a callback has no effect");
}

static uint64_t service_now_monotonic_ms(void)
{
    return (uint64_t)clock_monotonic_ms();
}

static const char *service_info(const char *key)
{
    const struct plugin *plugin = call_plugin();
    struct plugin_origin origin = { .host = { NULL, NULL } };

    if (plugin != NULL)
        origin.host = plugin->host;
    else
        (void)origin_find(__builtin_return_address(0), &origin);
    return origin.host.info == NULL || key == NULL ? NULL
                                                   : origin.host.info(origin.host.context, key);
}

const struct maps_host *services_table(void)
{
    static const struct maps_host table = { .size = sizeof(table),
                                            .abi_version = MAPS_ABI_VERSION,
                                            .log = service_log,
                                            .set_error = service_set_error,
                                            .now_monotonic_ms = service_now_monotonic_ms,
                                            .option_string = service_option_string,
                                            .option_int = service_option_int,
                                            .option_bool = service_option_bool,
                                            .option_number = service_option_number,
                                            .option_list = service_option_list,
                                            .profiles = service_profiles,
                                            .info = service_info,
                                            .phase = service_phase,
                                            .set_handle = service_set_handle,
                                            .progress = service_progress,
                                            .emit = service_emit,
                                            .log_file = service_log_file,
                                            .is_cancelled = service_is_cancelled,
                                            .set_run_data = service_set_run_data,
                                            .finish = service_finish };

    return &table;
}
