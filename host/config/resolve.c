/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_state.h"

#include <string.h>

/* Takes over what one layer says, if it is right. */
static void offer(struct config *config, struct resolved *resolved, const struct entry *entry)
{
    struct value value = { 0 };
    const char *wrong = value_check(&config->pool, resolved->option, entry, &value);

    if (wrong == NULL) {
        resolved->value = value;
        resolved->origin = entry->origin;
        return;
    }
    problem_add(&config->problems, &entry->origin, "%s: %s",
                entry->origin.variable != NULL ? entry->origin.variable : resolved->path, wrong);
}

static void offer_layer(struct config *config, struct resolved *resolved, enum layer layer)
{
    for (size_t i = 0; i < config->entries.count; i++) {
        struct entry *entry = &config->entries.items[i];
        if (entry->origin.layer != layer || strcmp(entry->path, resolved->path) != 0)
            continue;
        entry->used = true;
        offer(config, resolved, entry);
    }
}

static void offer_variable(struct config *config, struct resolved *resolved, const char *name)
{
    struct variable *variable = name == NULL ? NULL : environment_find(&config->environment, name);

    if (variable == NULL)
        return;
    const struct entry entry = {
        .kind = ENTRY_TEXT,
        .text = variable->value,
        .origin = { .layer = LAYER_ENVIRONMENT, .variable = variable->name },
    };
    variable->used = true;
    offer(config, resolved, &entry);
}

/* RUNNER_IMAGE is the image of whichever profile is the default one. */
static bool is_default_image(const struct config *config, const struct section *section,
                             const struct maps_option *option)
{
    const char *profile = resolved_text(config, "default_profile");

    return section->kind == SECTION_PROFILE && strcmp(option->name, "image") == 0 &&
           profile != NULL && strcmp(section->name, profile) == 0;
}

static void resolve_option(struct config *config, size_t index, const struct maps_option *option)
{
    const struct section *section = &config->sections[index];
    struct resolved resolved = {
        .option = option,
        .section = index,
        .path = section->prefix[0] == '\0'
                    ? option->name
                    : pool_format(&config->pool, "%s.%s", section->prefix, option->name),
    };
    struct resolved *items =
        pool_grow(&config->pool, config->resolved, config->resolved_count, sizeof(*items));

    resolved.variable = environment_name(&config->pool, resolved.path);
    if (config->pool.failed)
        return;
    config->resolved = items;
    value_default(&config->pool, option, &resolved.value);
    /* From the weakest to the strongest, so that mistakes in all of them are found. */
    offer_layer(config, &resolved, LAYER_DEFAULT);
    offer_layer(config, &resolved, LAYER_FILE);
    if (is_default_image(config, section, option))
        offer_variable(config, &resolved, "RUNNER_IMAGE");
    offer_variable(config, &resolved, option->environment);
    offer_variable(config, &resolved, resolved.variable);
    offer_layer(config, &resolved, LAYER_COMMAND_LINE);
    /* What is kept can be relied on to be whole. */
    if (!config->pool.failed)
        items[config->resolved_count++] = resolved;
}

void resolve_section(struct config *config, size_t section)
{
    const struct maps_option *option = config->sections[section].options;

    for (; option != NULL && option->name != NULL; option = option_next(option))
        resolve_option(config, section, option);
}

const struct resolved *resolved_find(const struct config *config, const char *path)
{
    for (size_t i = 0; i < config->resolved_count; i++)
        if (strcmp(config->resolved[i].path, path) == 0)
            return &config->resolved[i];
    return NULL;
}

const char *resolved_text(const struct config *config, const char *path)
{
    const struct resolved *resolved = resolved_find(config, path);

    return resolved == NULL ? NULL : resolved->value.text;
}

const struct resolved *resolved_in(const struct config *config, size_t section, const char *name)
{
    for (size_t i = 0; i < config->resolved_count; i++) {
        const struct resolved *resolved = &config->resolved[i];
        if (resolved->section == section && strcmp(resolved->option->name, name) == 0)
            return resolved;
    }
    return NULL;
}
