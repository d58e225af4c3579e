/* SPDX-License-Identifier: Apache-2.0 */
/* One plugin's effective values, as its option services ask for them. */
#include "config/config_state.h"
#include "plugin/plugins.h"

#include <string.h>

static const char *const empty_list[] = { NULL };

static const struct resolved *find(const void *context, const char *option)
{
    const struct section *section = context;

    if (section == NULL)
        return NULL;
    return resolved_in(section->config, (size_t)(section - section->config->sections), option);
}

static const char *get(void *context, const char *option)
{
    const struct resolved *resolved = find(context, option);

    return resolved == NULL ? NULL : resolved->value.text;
}

static const char *const *list(void *context, const char *option)
{
    const struct resolved *resolved = find(context, option);

    return resolved == NULL || resolved->value.items == NULL ? empty_list : resolved->value.items;
}

void config_plugin_values(const struct config *config, const char *plugin,
                          struct plugin_values *values)
{
    static const struct maps_profile *const no_profiles[] = { NULL };

    *values = (struct plugin_values){
        .get = get,
        .list = list,
        .profiles = config->profiles == NULL ? no_profiles
                                             : (const struct maps_profile *const *)config->profiles,
    };
    for (size_t i = 0; i < config->section_count; i++) {
        struct section *section = &config->sections[i];
        if (section->kind == SECTION_PLUGIN && strcmp(section->name, plugin) == 0)
            values->context = section;
    }
}
