/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_state.h"

#include <string.h>

static const char profiles_prefix[] = "profiles.";

void sections_add(struct config *config, const struct section *section)
{
    struct section *items =
        pool_grow(&config->pool, config->sections, config->section_count, sizeof(*items));

    if (items == NULL || section->prefix == NULL)
        return;
    config->sections = items;
    items[config->section_count] = *section;
    items[config->section_count++].config = config;
}

void sections_add_host(struct config *config)
{
    const struct section section = { .kind = SECTION_HOST, .prefix = "", .options = host_options };

    sections_add(config, &section);
}

static bool has_profile(const struct config *config, const char *name, size_t length)
{
    for (size_t i = 0; i < config->section_count; i++) {
        const struct section *section = &config->sections[i];
        if (section->kind == SECTION_PROFILE && strlen(section->name) == length &&
            memcmp(section->name, name, length) == 0)
            return true;
    }
    return false;
}

static void add_profile(struct config *config, const char *name, size_t length)
{
    if (length == 0 || has_profile(config, name, length))
        return;

    struct section section = {
        .kind = SECTION_PROFILE,
        .name = pool_copy_bytes(&config->pool, name, length),
        .options = profile_options,
    };
    section.prefix = pool_format(&config->pool, "%s%.*s", profiles_prefix, (int)length, name);
    if (section.name != NULL)
        sections_add(config, &section);
}

void sections_add_profiles(struct config *config)
{
    const size_t prefix_length = sizeof(profiles_prefix) - 1;

    add_profile(config, "python", strlen("python"));
    for (size_t i = 0; i < config->entries.count; i++) {
        const struct entry *entry = &config->entries.items[i];
        const char *name = entry->path + prefix_length;
        if (strncmp(entry->path, profiles_prefix, prefix_length) != 0)
            continue;
        /* "profiles.r = 5" is no profile, but "profiles.r = { ... }" is one. */
        if (entry->kind == ENTRY_GROUP || strchr(name, '.') != NULL)
            add_profile(config, name, strcspn(name, "."));
    }
}
