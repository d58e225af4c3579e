/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "config/config_log.h"
#include "config/plugin_json.h"
#include "runner/parts.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* On a terminal the script has the word. */
static const struct config_override own_defaults[] = { { "log_level", "warning" } };

/* Whoever runs a script here names files that are theirs to read and write anyway. */
static const struct config_override own_settings[] = { { "jobs.readable_paths", "/" },
                                                       { "jobs.writable_paths", "/" } };

enum { OWN_SETTINGS = sizeof(own_settings) / sizeof(own_settings[0]) };

static struct error *no_memory(void)
{
    return error_errno(ENOMEM, "Preparing to run a script");
}

/* The caller's settings, with our own above them. */
static struct config_override *all_settings(const struct runner_source *source)
{
    struct config_override *all = calloc(source->setting_count + OWN_SETTINGS, sizeof(*all));

    if (all == NULL)
        return NULL;
    if (source->setting_count > 0)
        memcpy(all, source->settings, source->setting_count * sizeof(*all));
    memcpy(all + source->setting_count, own_settings, sizeof(own_settings));
    return all;
}

static struct error *load(const struct runner_source *source, struct config **config)
{
    struct config_override *settings = all_settings(source);
    struct config_source layers = { .defaults = own_defaults,
                                    .default_count = sizeof(own_defaults) / sizeof(own_defaults[0]),
                                    .file = source->config_file,
                                    .overrides = settings,
                                    .override_count = source->setting_count + OWN_SETTINGS,
                                    .environment = environ,
                                    .executable_dir = source->executable_dir };

    *config = settings == NULL ? NULL : config_load(&layers);
    free(settings);
    return *config == NULL ? no_memory() : NULL;
}

/* All mistakes as one error. */
static struct error *mistakes(const struct config *config)
{
    char *text = config_mistakes_text(config, SIZE_MAX);
    struct error *err = error_new(ERROR_INVALID, NULL, "The settings cannot be used:\n%s",
                                  text == NULL ? "out of memory" : text);

    free(text);
    return err;
}

static struct error *check(struct preparation *preparation)
{
    struct settings *settings = NULL;

    if (!config_check(preparation->config, preparation->plugins, &settings))
        return mistakes(preparation->config);
    settings_unref(preparation->settings);
    preparation->settings = settings;
    return NULL;
}

static struct error *find_plugins(struct preparation *preparation)
{
    const struct plugin_host host = { places_info, &preparation->places };
    struct config *config = preparation->config;
    struct error *err =
        places_init(&preparation->places, config_data_dir(config), config_libexec_dir(config));

    return err != NULL ? err
                       : plugins_load(config_plugin_dir(config), &host, &preparation->plugins);
}

static void choose_runtime(struct preparation *preparation)
{
    if (preparation->runtime != NULL)
        preparation->detected = (struct detected_runtime){ preparation->runtime, "the caller" };
    else
        preparation->detected =
            detect_runtime(getenv("EXECUTION_RUNTIME"), preparation->settings->runtime,
                           getenv("KUBERNETES_SERVICE_HOST"));
}

static struct error *fill(struct preparation *preparation, const struct runner_source *source)
{
    struct error *err = load(source, &preparation->config);

    if (err != NULL)
        return err;
    log_configure(config_log_level(preparation->config), config_log_format(preparation->config));
    if (source->runtime != NULL && (preparation->runtime = strdup(source->runtime)) == NULL)
        return no_memory();
    err = find_plugins(preparation);
    if (err == NULL)
        err = check(preparation);
    if (err != NULL)
        return err;
    config_log_problems(preparation->config);
    choose_runtime(preparation);
    return NULL;
}

struct error *preparation_make(const struct runner_source *source, struct preparation **preparation)
{
    struct preparation *made = calloc(1, sizeof(*made));
    struct error *err = made == NULL ? no_memory() : fill(made, source);

    if (err != NULL) {
        preparation_free(made);
        return err;
    }
    *preparation = made;
    return NULL;
}

void preparation_free(struct preparation *preparation)
{
    if (preparation == NULL)
        return;
    plugins_free(preparation->plugins);
    settings_unref(preparation->settings);
    config_free(preparation->config);
    places_clear(&preparation->places);
    free(preparation->runtime);
    free(preparation);
}

const char *preparation_runtime(const struct preparation *preparation)
{
    return preparation->detected.name;
}

struct error *preparation_use_data_dir(struct preparation *preparation, const char *folder)
{
    char *copy = strdup(folder);

    if (copy == NULL)
        return no_memory();
    free(preparation->places.data_dir);
    preparation->places.data_dir = copy;
    config_use_data_dir(preparation->config, folder);
    return check(preparation);
}

struct error *preparation_configure(struct preparation *preparation, const char *runtime)
{
    struct plugin *plugin = plugins_find(preparation->plugins, runtime);
    struct plugin_values values;

    if (plugin == NULL)
        return error_new(ERROR_UNAVAILABLE, NULL, "the runtime %s is not loaded", runtime);
    config_plugin_values(preparation->config, runtime, &values);
    return plugin_configure(plugin, &values);
}

/* ---- as JSON ---- */

static bool add_text(cJSON *object, const char *key, const char *text)
{
    return (text == NULL ? cJSON_AddNullToObject(object, key)
                         : cJSON_AddStringToObject(object, key, text)) != NULL;
}

static cJSON *describe(const struct preparation *preparation)
{
    const struct settings *settings = preparation->settings;
    const struct profile *profile = settings_profile(settings, settings->default_profile);
    struct plugin_info info;
    cJSON *object = cJSON_CreateObject();
    char *options = config_plugin_json(preparation->config, preparation->detected.name);

    plugin_info(plugins_find(preparation->plugins, preparation->detected.name), &info);
    bool whole = object != NULL && options != NULL && add_text(object, "runtime", info.name) &&
                 add_text(object, "runner_type", info.runner_type) &&
                 add_text(object, "detected_by", preparation->detected.by) &&
                 add_text(object, "plugin_version", info.version) &&
                 add_text(object, "image", profile == NULL ? NULL : profile->public.image) &&
                 cJSON_AddNumberToObject(object, "timeout",
                                         (double)settings->job_timeout_ms / 1000) != NULL &&
                 cJSON_AddRawToObject(object, "settings", options) != NULL;
    free(options);
    if (whole)
        return object;
    cJSON_Delete(object);
    return NULL;
}

struct error *preparation_json(const struct preparation *preparation, char **json)
{
    struct error *err = detected_runtime_check(&preparation->detected, preparation->plugins,
                                               preparation->settings->plugin_dir);
    cJSON *object = err == NULL ? describe(preparation) : NULL;

    if (err != NULL)
        return err;
    *json = object == NULL ? NULL : cJSON_Print(object);
    cJSON_Delete(object);
    return *json == NULL ? no_memory() : NULL;
}
