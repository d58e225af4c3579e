/* SPDX-License-Identifier: Apache-2.0 */
/* The C API: runtimes and runners. */
#include "capi/handles.h"
#include "capi/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The settings "key=value" of a caller, cut in two. */
struct overrides {
    struct config_override *items;
    size_t count;
};

static struct error *no_memory(void)
{
    return error_errno(ENOMEM, "Reading the settings");
}

static void overrides_free(struct overrides *overrides)
{
    for (size_t i = 0; i < overrides->count; i++)
        free((char *)overrides->items[i].path); /* ours, and the value with it */
    free(overrides->items);
}

static struct error *add_override(struct overrides *overrides, const char *setting)
{
    const char *equals = strchr(setting, '=');
    char *copy;

    if (equals == NULL || equals == setting)
        return error_new(ERROR_INVALID, NULL,
                         "A setting must be KEY=VALUE, for example data_dir=/tmp/jobs; got \"%s\".",
                         setting);
    copy = strdup(setting);
    if (copy == NULL)
        return no_memory();
    copy[equals - setting] = '\0';
    overrides->items[overrides->count++] =
        (struct config_override){ copy, copy + (equals - setting) + 1 };
    return NULL;
}

static struct error *read_settings(const char *const *settings, struct overrides *overrides)
{
    struct error *err = NULL;
    size_t count = 0;

    while (settings != NULL && settings[count] != NULL)
        count++;
    overrides->items = calloc(count + 1, sizeof(*overrides->items));
    if (overrides->items == NULL)
        return no_memory();
    for (size_t i = 0; i < count && err == NULL; i++)
        err = add_override(overrides, settings[i]);
    return err;
}

static struct error *prepare(const struct maps_host_params *theirs,
                             struct preparation **preparation)
{
    struct maps_host_params host;
    struct overrides overrides = { NULL, 0 };
    struct error *err = api_copy(&host, sizeof(host), theirs);

    if (err == NULL)
        err = read_settings(host.settings, &overrides);
    if (err == NULL) {
        char *executable_dir = api_executable_dir();
        const struct runner_source source = { .config_file = host.config_file,
                                              .settings = overrides.items,
                                              .setting_count = overrides.count,
                                              .runtime = host.runtime,
                                              .executable_dir = executable_dir };

        err = preparation_make(&source, preparation);
        free(executable_dir);
    }
    overrides_free(&overrides);
    return err;
}

MAPS_BACKEND_API int maps_detect_runtime(const struct maps_host_params *host, char **runtime,
                                         char **error)
{
    struct preparation *preparation = NULL;
    struct error *err = prepare(host, &preparation);

    if (err == NULL) {
        *runtime = strdup(preparation_runtime(preparation));
        if (*runtime == NULL)
            err = no_memory();
    }
    preparation_free(preparation);
    return api_result(err, error);
}

MAPS_BACKEND_API int maps_get_runtime_config(const struct maps_host_params *host, char **json,
                                             char **error)
{
    struct preparation *preparation = NULL;
    struct error *err = prepare(host, &preparation);

    if (err == NULL)
        err = preparation_json(preparation, json);
    preparation_free(preparation);
    return api_result(err, error);
}

MAPS_BACKEND_API int maps_get_runner(const struct maps_host_params *host,
                                     struct maps_runner **runner, char **error)
{
    struct preparation *preparation = NULL;
    struct maps_runner *made = calloc(1, sizeof(*made));
    struct error *err = made == NULL ? no_memory() : prepare(host, &preparation);

    if (err == NULL)
        err = runner_open(preparation, &made->runner);
    if (err == NULL)
        *runner = made;
    else
        free(made);
    return api_result(err, error);
}

MAPS_BACKEND_API const char *maps_runner_runtime(const struct maps_runner *runner)
{
    return runner_runtime(runner->runner);
}

MAPS_BACKEND_API const char *maps_runner_type(const struct maps_runner *runner)
{
    return runner_type(runner->runner);
}

MAPS_BACKEND_API int maps_runner_free(struct maps_runner *runner)
{
    if (runner == NULL)
        return 0;
    bool ended = runner_close(runner->runner);
    free(runner);
    return ended ? 0 : -EBUSY;
}
