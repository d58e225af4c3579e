/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins' tables as sections: the one file here that asks the plugin room. */
#include "config/config_state.h"
#include "plugin/plugins.h"

#include <stdlib.h>
#include <string.h>

static const char *copy_loaded_names(struct config *config, const struct plugins *plugins)
{
    char *names = plugins_names(plugins);
    const char *copy = pool_copy(&config->pool, names);

    free(names);
    return copy;
}

/* The name it would have: from its file if it was refused before it could say. */
static const char *refused_name(struct pool *pool, const struct plugin_info *info)
{
    if (info->name != NULL)
        return pool_copy(pool, info->name);
    return pool_copy_bytes(pool, info->file, strcspn(info->file, "."));
}

/* "http" as a plugin's name: its options could not be told from the host's. */
static bool clashes_with_host(const char *name)
{
    size_t length = strlen(name);

    for (const struct maps_option *option = host_options; option->name != NULL;
         option = option_next(option))
        if (strncmp(option->name, name, length) == 0 &&
            (option->name[length] == '.' || option->name[length] == '\0'))
            return true;
    return strcmp(name, "profiles") == 0;
}

static void add_plugin(struct config *config, const struct plugin *plugin, const char *name)
{
    const struct section section = {
        .kind = SECTION_PLUGIN,
        .prefix = pool_copy(&config->pool, name),
        .name = name,
        .options = plugin_options(plugin),
    };
    const struct origin nowhere = { .layer = LAYER_DEFAULT };

    if (clashes_with_host(name))
        problem_add(&config->problems, &nowhere,
                    "the plugin \"%s\" has the name of a section of the host; rename or remove it",
                    name);
    else
        sections_add(config, &section);
}

void sections_add_plugins(struct config *config, const struct plugins *plugins)
{
    size_t count = plugins == NULL ? 0 : plugins_count(plugins), refused_count = 0;
    const char **refused = pool_alloc(&config->pool, (count + 1) * sizeof(*refused));

    config->loaded_plugins = plugins == NULL ? "" : copy_loaded_names(config, plugins);
    for (size_t i = 0; i < count && refused != NULL; i++) {
        struct plugin *plugin = plugins_at(plugins, i);
        struct plugin_info info;
        plugin_info(plugin, &info);
        if (info.name != NULL && plugins_find(plugins, info.name) == plugin)
            add_plugin(config, plugin, info.name);
        else
            refused[refused_count++] = refused_name(&config->pool, &info);
    }
    config->refused_plugins = refused;
}

const char *sections_plugin_description(const struct plugins *plugins, const char *name)
{
    const struct plugin *plugin = plugins == NULL ? NULL : plugins_find(plugins, name);
    struct plugin_info info = { 0 };

    if (plugin != NULL)
        plugin_info(plugin, &info);
    return info.description;
}
