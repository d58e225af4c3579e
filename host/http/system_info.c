/* SPDX-License-Identifier: Apache-2.0 */
#include "http/system_info.h"

#include "base/clock.h"
#include "job/job_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool add_text(cJSON *object, const char *key, const char *text)
{
    return text != NULL ? cJSON_AddStringToObject(object, key, text) != NULL
                        : cJSON_AddNullToObject(object, key) != NULL;
}

static bool add_item(cJSON *object, const char *key, cJSON *item)
{
    if (item != NULL && cJSON_AddItemToObject(object, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static bool append(cJSON *list, cJSON *item)
{
    if (item != NULL && cJSON_AddItemToArray(list, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static const char *runner_type(const struct http_parts *parts)
{
    struct plugin *plugin = plugins_find(parts->plugins, parts->runtime);
    struct plugin_info info = { 0 };

    if (plugin != NULL)
        plugin_info(plugin, &info);
    return info.runner_type;
}

static const char *state_name(enum plugin_state state)
{
    switch (state) {
    case PLUGIN_REFUSED:
        return "refused";
    case PLUGIN_UNAVAILABLE:
        return "unavailable";
    case PLUGIN_READY:
        break;
    }
    return "ready";
}

static cJSON *plugin_json(struct plugin *plugin)
{
    struct plugin_info info = { 0 };
    char message[512] = "", engine[128] = "";
    enum plugin_state state =
        plugin_state(plugin, message, sizeof(message), engine, sizeof(engine));
    cJSON *object = cJSON_CreateObject();

    plugin_info(plugin, &info);
    if (object != NULL && add_text(object, "file", info.file) &&
        add_text(object, "name", info.name) && add_text(object, "version", info.version) &&
        add_text(object, "runner_type", info.runner_type) &&
        add_text(object, "description", info.description) &&
        cJSON_AddNumberToObject(object, "abi_version", info.abi_version) != NULL &&
        add_text(object, "state", state_name(state)) &&
        (message[0] == '\0' ||
         add_text(object, state == PLUGIN_READY ? "warning" : "error", message)) &&
        (engine[0] == '\0' || add_text(object, "engine_version", engine)))
        return object;
    cJSON_Delete(object);
    return NULL;
}

static cJSON *plugins_json(const struct plugins *plugins)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; list != NULL && i < plugins_count(plugins); i++) {
        if (!append(list, plugin_json(plugins_at(plugins, i)))) {
            cJSON_Delete(list);
            return NULL;
        }
    }
    return list;
}

static cJSON *profiles_json(const struct settings *settings)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; list != NULL && i < settings->profile_count; i++) {
        if (!append(list, cJSON_CreateString(settings->profiles[i].public.name))) {
            cJSON_Delete(list);
            return NULL;
        }
    }
    return list;
}

static bool add_limits(cJSON *object, const struct settings *settings)
{
    cJSON *limits = cJSON_AddObjectToObject(object, "limits");
    cJSON *timeout = cJSON_AddObjectToObject(object, "timeout");

    return limits != NULL && add_item(limits, "default", limits_json(&settings->limits_default)) &&
           add_item(limits, "max", limits_json(&settings->limits_max)) && timeout != NULL &&
           cJSON_AddNumberToObject(timeout, "default", (double)settings->job_timeout_ms / 1000) !=
               NULL &&
           cJSON_AddNumberToObject(timeout, "max", (double)settings->job_max_timeout_ms / 1000) !=
               NULL &&
           cJSON_AddNumberToObject(object, "max_body_bytes",
                                   (double)settings->http_max_body_bytes) != NULL &&
           cJSON_AddNumberToObject(object, "max_upload_bytes",
                                   (double)settings->http_max_upload_bytes) != NULL &&
           cJSON_AddNumberToObject(object, "max_files", settings->job_max_files) != NULL &&
           cJSON_AddNumberToObject(object, "concurrency", settings->job_concurrency) != NULL;
}

static bool add_queue(cJSON *object, const struct jobs_figures *figures,
                      const struct settings *settings)
{
    cJSON *queue = cJSON_AddObjectToObject(object, "queue");

    return queue != NULL &&
           cJSON_AddNumberToObject(queue, "queued", (double)figures->queued) != NULL &&
           cJSON_AddNumberToObject(queue, "running", (double)figures->running) != NULL &&
           cJSON_AddNumberToObject(queue, "limit", settings->job_queue_limit) != NULL;
}

/* Which settings hold, since when, and why the last reload failed if it did. */
static cJSON *config_json(struct current_settings *current)
{
    SETTINGS_AUTO settings = current_settings(current);
    struct settings_history history;
    char loaded_at[CLOCK_TEXT_BYTES];
    cJSON *object = cJSON_CreateObject();

    current_settings_history(current, &history);
    clock_format_ms(history.loaded_ms, loaded_at);
    bool whole = object != NULL && add_text(object, "file", settings->config_file) &&
                 add_text(object, "loaded_at", loaded_at) &&
                 add_text(object, "error", history.refusal);
    free(history.refusal);
    if (whole)
        return object;
    cJSON_Delete(object);
    return NULL;
}

static bool add_retention(cJSON *object, const struct jobs_figures *figures,
                          const struct settings *settings)
{
    const struct {
        const char *name;
        double value;
    } members[] = {
        { "max_age_seconds", (double)settings->retention_max_age_ms / 1000 },
        { "max_jobs", (double)settings->retention_max_jobs },
        { "max_bytes", (double)settings->retention_max_bytes },
        { "kept_jobs", (double)figures->kept.jobs },
        { "kept_bytes", (double)figures->kept.bytes },
    };
    cJSON *retention = cJSON_AddObjectToObject(object, "retention");
    bool added = retention != NULL;

    for (size_t i = 0; added && i < sizeof(members) / sizeof(members[0]); i++)
        added = cJSON_AddNumberToObject(retention, members[i].name, members[i].value) != NULL;
    return added;
}

cJSON *system_info_json(const struct http_parts *parts)
{
    struct jobs_figures figures = { 0 };
    SETTINGS_AUTO settings = current_settings(parts->settings);
    cJSON *object = cJSON_CreateObject();

    jobs_figures(parts->jobs, &figures);
    free(figures.store_error);
    if (object != NULL && add_text(object, "name", "maps-backend") &&
        add_text(object, "version", MAPS_VERSION) && add_text(object, "runtime", parts->runtime) &&
        add_text(object, "runner_type", runner_type(parts)) &&
        add_text(object, "detected_by", parts->detected_by) &&
        add_item(object, "plugins", plugins_json(parts->plugins)) && add_limits(object, settings) &&
        add_item(object, "profiles", profiles_json(settings)) &&
        add_text(object, "default_profile", settings->default_profile) &&
        add_item(object, "config", config_json(parts->settings)) &&
        add_queue(object, &figures, settings) && add_retention(object, &figures, settings))
        return object;
    cJSON_Delete(object);
    return NULL;
}

/* Appends a sentence; gives up quietly without memory: the status still tells. */
__attribute__((format(printf, 2, 3))) static void add_sentence(char **text, const char *format, ...)
{
    char *sentence = NULL, *whole = NULL;
    va_list ap;

    va_start(ap, format);
    int length = vasprintf(&sentence, format, ap);
    va_end(ap);
    if (length < 0)
        return;
    if (asprintf(&whole, "%s%s%s", *text != NULL ? *text : "", *text != NULL ? " " : "",
                 sentence) >= 0) {
        free(*text);
        *text = whole;
    }
    free(sentence);
}

char *system_unready(const struct jobs_figures *figures, const char *runtime, bool started)
{
    const char *cause = figures->runtime_message;
    char *text = NULL;

    if (!started)
        add_sentence(&text, "The server is still starting.");
    if (figures->draining)
        add_sentence(&text, "The server is stopping and takes no more jobs.");
    if (figures->store_error != NULL)
        add_sentence(&text, "The job store cannot be written: %s", figures->store_error);
    if (!figures->runtime_reachable)
        add_sentence(&text, "The runtime \"%s\" is not available: %s", runtime,
                     cause[0] != '\0' ? cause : "it has not answered yet.");
    return text;
}

cJSON *system_health_json(const struct http_parts *parts, const struct jobs_figures *figures,
                          const char *unready)
{
    SETTINGS_AUTO settings = current_settings(parts->settings);
    cJSON *object = cJSON_CreateObject();

    if (object != NULL && add_text(object, "status", unready == NULL ? "healthy" : "unhealthy") &&
        add_text(object, "runtime", parts->runtime) &&
        add_text(object, "runner_type", runner_type(parts)) &&
        cJSON_AddBoolToObject(object, "runtime_reachable", figures->runtime_reachable) != NULL &&
        add_text(object, "message", unready) && add_queue(object, figures, settings))
        return object;
    cJSON_Delete(object);
    return NULL;
}
