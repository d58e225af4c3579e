/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and variables that no table knows: most are slips of the finger. */
#include "config/config_state.h"
#include "config/nearest.h"

#include <string.h>

static bool is_below(const char *path, const char *section)
{
    size_t length = strlen(section);

    return strncmp(path, section, length) == 0 && path[length] == '.';
}

static bool is_section(const struct config *config, const char *path)
{
    for (size_t i = 0; i < config->resolved_count; i++)
        if (is_below(config->resolved[i].path, path))
            return true;
    for (size_t i = 0; i < config->section_count; i++)
        if (strcmp(config->sections[i].prefix, path) == 0)
            return true;
    return false;
}

static bool parent_is_known(struct config *config, const char *path)
{
    const char *dot = strrchr(path, '.');

    if (dot == NULL)
        return true;
    const char *parent = pool_copy_bytes(&config->pool, path, (size_t)(dot - path));
    return parent != NULL && is_section(config, parent);
}

static const char *did_you_mean(struct config *config, const struct nearest *nearest)
{
    if (nearest->name == NULL)
        return "";
    const char *text = pool_format(&config->pool, "; did you mean \"%s\"?", nearest->name);
    return text == NULL ? "" : text;
}

/* The known section nearest to the path. */
static const char *suggest_section(struct config *config, const char *path)
{
    struct nearest nearest = { .typed = path };

    for (size_t i = 0; i < config->resolved_count; i++) {
        const char *known = config->resolved[i].path;
        for (const char *dot = strchr(known, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
            const char *section = pool_copy_bytes(&config->pool, known, (size_t)(dot - known));
            if (section != NULL)
                nearest_consider(&nearest, section);
        }
    }
    return did_you_mean(config, &nearest);
}

static const char *suggest_key(struct config *config, const char *path)
{
    struct nearest nearest = { .typed = path };

    for (size_t i = 0; i < config->resolved_count; i++)
        nearest_consider(&nearest, config->resolved[i].path);
    return did_you_mean(config, &nearest);
}

static bool is_refused_plugin(const struct config *config, const char *name)
{
    for (size_t i = 0; config->refused_plugins != NULL && config->refused_plugins[i] != NULL; i++)
        if (strcmp(config->refused_plugins[i], name) == 0)
            return true;
    return false;
}

static void report_section(struct config *config, const struct entry *entry)
{
    const char *loaded = config->loaded_plugins;

    if (strchr(entry->path, '.') != NULL)
        problem_add(&config->problems, &entry->origin, "%s: unknown section%s", entry->path,
                    suggest_section(config, entry->path));
    else if (is_refused_plugin(config, entry->path))
        /* One bad plugin must not keep the host from starting with the others. */
        problem_warn(&config->problems, &entry->origin,
                     "%s: section ignored, because that plugin was refused", entry->path);
    else
        problem_add(&config->problems, &entry->origin,
                    "%s: neither a section of the host nor a loaded plugin (loaded: %s)%s",
                    entry->path, loaded == NULL || loaded[0] == '\0' ? "none" : loaded,
                    suggest_section(config, entry->path));
}

static void report_entry(struct config *config, const struct entry *entry)
{
    if (is_section(config, entry->path)) {
        if (entry->kind != ENTRY_GROUP)
            problem_add(&config->problems, &entry->origin,
                        "%s: this is a section; write %s: { ... }", entry->path, entry->path);
    } else if (entry->origin.layer == LAYER_FILE && !parent_is_known(config, entry->path)) {
        return; /* its section is reported, once */
    } else if (entry->kind == ENTRY_GROUP) {
        report_section(config, entry);
    } else {
        problem_add(&config->problems, &entry->origin, "%s: unknown key%s", entry->path,
                    suggest_key(config, entry->path));
    }
}

static bool is_for_others(const char *variable)
{
    /* MAPS_CONFIG names the file itself; MAPS_URL is for the clients. */
    return strncmp(variable, "MAPS_", 5) != 0 || strcmp(variable, "MAPS_CONFIG") == 0 ||
           strcmp(variable, "MAPS_URL") == 0;
}

static void report_variable(struct config *config, const char *name)
{
    const struct origin origin = { .layer = LAYER_ENVIRONMENT, .variable = name };
    struct nearest nearest = { .typed = name };

    for (size_t i = 0; i < config->resolved_count; i++)
        if (config->resolved[i].variable != NULL)
            nearest_consider(&nearest, config->resolved[i].variable);
    problem_warn(&config->problems, &origin, "%s: unknown variable, ignored%s", name,
                 did_you_mean(config, &nearest));
}

void unknown_report(struct config *config)
{
    for (size_t i = 0; i < config->entries.count; i++) {
        const struct entry *entry = &config->entries.items[i];
        if (!entry->used && entry->origin.layer != LAYER_DEFAULT)
            report_entry(config, entry);
    }
    for (size_t i = 0; i < config->environment.count; i++) {
        const struct variable *variable = &config->environment.items[i];
        if (!variable->used && !is_for_others(variable->name))
            report_variable(config, variable->name);
    }
}
