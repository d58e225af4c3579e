/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "config/config_state.h"
#include "config/defaults.h"
#include "config/file_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *choose_file(struct config *config, const struct config_source *source,
                               const char *prefix)
{
    const char *named = environment_get(&config->environment, "MAPS_CONFIG");

    if (source->file != NULL)
        return pool_copy(&config->pool, source->file);
    if (named != NULL)
        return named;
    const char *installed = defaults_config_file(&config->pool, prefix);
    /* Only its absence means "none": one that is there must be readable. */
    if (installed == NULL || (access(installed, F_OK) != 0 && errno == ENOENT))
        return NULL;
    return installed;
}

static void add_layer(struct config *config, enum layer layer,
                      const struct config_override *overrides, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct entry entry = {
            .path = pool_copy(&config->pool, overrides[i].path),
            .kind = ENTRY_TEXT,
            .text = pool_copy(&config->pool, overrides[i].value),
            .origin = { .layer = layer },
        };
        if (entry.text != NULL)
            entries_add(&config->entries, &config->pool, &entry);
    }
}

/* Relative paths come from the command line or the environment only. */
static const char *absolute_folder(struct config *config, const char *path)
{
    const char *folder = resolved_text(config, path);
    char *current = NULL;

    if (folder == NULL || folder[0] == '/' || (current = getcwd(NULL, 0)) == NULL)
        return folder;
    const char *absolute = pool_format(&config->pool, "%s/%s", current, folder);
    free(current);
    return absolute;
}

static void forget_tables(struct config *config)
{
    config->section_count = 0;
    config->resolved_count = 0;
}

/* What is needed to load the plugins and to tell of it, before their options can be known. */
static void settle_folders(struct config *config)
{
    sections_add_host(config);
    if (config->section_count > 0)
        resolve_section(config, 0);
    config->data_dir = absolute_folder(config, "data_dir");
    config->plugin_dir = absolute_folder(config, "plugin_dir");
    config->libexec_dir = absolute_folder(config, "libexec_dir");
    config->log_level = resolved_text(config, "log_level");
    config->log_format = resolved_text(config, "log_format");
    forget_tables(config);
    /* config_check() finds the mistakes in this table again. */
    config->problems = problems_copy(&config->read_problems);
}

static const struct config_override *
copy_overrides(struct pool *pool, const struct config_override *overrides, size_t count)
{
    struct config_override *copy = pool_alloc(pool, (count + 1) * sizeof(*copy));

    for (size_t i = 0; i < count && copy != NULL; i++) {
        copy[i].path = pool_copy(pool, overrides[i].path);
        copy[i].value = pool_copy(pool, overrides[i].value);
    }
    return copy;
}

static char **copy_variables(struct pool *pool, char **variables)
{
    size_t count = 0;

    while (variables != NULL && variables[count] != NULL)
        count++;
    char **copy = pool_alloc(pool, (count + 1) * sizeof(*copy));
    for (size_t i = 0; i < count && copy != NULL; i++)
        copy[i] = pool_copy(pool, variables[i]);
    return copy;
}

static void keep_source(struct config *config, const struct config_source *source)
{
    struct pool *pool = &config->pool;

    config->source = (struct config_source){
        .defaults = copy_overrides(pool, source->defaults, source->default_count),
        .default_count = source->default_count,
        .file = pool_copy(pool, source->file),
        .overrides = copy_overrides(pool, source->overrides, source->override_count),
        .override_count = source->override_count,
        .environment = copy_variables(pool, source->environment),
        .executable_dir = pool_copy(pool, source->executable_dir),
    };
}

static void read_file(struct config *config)
{
    static const char *const no_files[] = { NULL };

    config->files = no_files;
    config->file_whole = config->file == NULL || file_read(config->file, &config->entries,
                                                           &config->problems, &config->files);
}

struct config *config_load(const struct config_source *source)
{
    struct config *config = calloc(1, sizeof(*config));
    struct surroundings around;

    if (config == NULL)
        return NULL;
    config->problems.pool = &config->pool;
    environment_copy(&config->environment, &config->pool, source->environment);
    defaults_look_around(&around, &config->pool, &config->environment, source->executable_dir);
    keep_source(config, source);
    if (!config->pool.failed) {
        defaults_add(&config->entries, &config->pool, &around);
        add_layer(config, LAYER_DEFAULT, source->defaults, source->default_count);
        add_layer(config, LAYER_COMMAND_LINE, source->overrides, source->override_count);
        config->file = choose_file(config, source, around.prefix);
        read_file(config);
        config->read_problems = problems_copy(&config->problems);
        settle_folders(config);
    }
    if (!config->pool.failed)
        return config;
    config_free(config);
    return NULL;
}

struct config *config_load_again(const struct config *former)
{
    return config_load(&former->source);
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    pool_free(&config->pool);
    free(config);
}

const char *const *config_files(const struct config *config)
{
    return config->files;
}

const char *config_plugin_dir(const struct config *config)
{
    return config->plugin_dir;
}

const char *config_libexec_dir(const struct config *config)
{
    return config->libexec_dir;
}

const char *config_data_dir(const struct config *config)
{
    return config->data_dir;
}

const char *config_log_level(const struct config *config)
{
    return config->log_level;
}

const char *config_log_format(const struct config *config)
{
    return config->log_format;
}

void config_use_data_dir(struct config *config, const char *folder)
{
    config->data_dir = pool_copy(&config->pool, folder);
}

static void resolve_everything(struct config *config, const struct plugins *plugins)
{
    forget_tables(config);
    config->problems = problems_copy(&config->read_problems);
    sections_add_host(config);
    sections_add_profiles(config);
    sections_add_plugins(config, plugins);
    for (size_t i = 0; i < config->section_count; i++)
        resolve_section(config, i);
    config->profiles = settings_make_profiles(config, &config->pool);
}

bool config_check_reload(struct config *config, const struct config *running,
                         const struct plugins *plugins, struct settings **settings)
{
    *settings = NULL;
    resolve_everything(config, plugins);
    if (!config->pool.failed) {
        checks_report(config);
        unknown_report(config);
        if (running != NULL)
            keep_what_needs_a_restart(config, running);
        problems_sort(&config->problems);
    }
    if (!config->pool.failed && !problems_fatal(&config->problems))
        *settings = settings_make(config);
    config->out_of_memory = *settings == NULL && !problems_fatal(&config->problems);
    return *settings != NULL;
}

bool config_check(struct config *config, const struct plugins *plugins, struct settings **settings)
{
    return config_check_reload(config, NULL, plugins, settings);
}

size_t config_problem_count(const struct config *config)
{
    return config->out_of_memory ? 1 : config->problems.count;
}

const struct config_problem *config_problem_at(const struct config *config, size_t index)
{
    static const struct config_problem exhausted = {
        .file = "configuration",
        .message = "out of memory while checking; free some and try again",
    };

    if (config->out_of_memory)
        return &exhausted;
    return index < config->problems.count ? &config->problems.items[index] : NULL;
}
