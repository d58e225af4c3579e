/* SPDX-License-Identifier: Apache-2.0 */
#include "reload/instances.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct prepared {
    struct plugin *plugin;
    struct instance *instance;
};

struct instances {
    size_t count;
    struct prepared items[];
};

/* Says which runtime it is about, and where the setting is that the plugin complains of. */
static struct error *explain(const struct config *config, const char *name, struct error *err)
{
    struct config_place place;

    err = error_wrap(err, "The runtime %s cannot be used", name);
    if (!config_place_in(config, err->message, &place))
        return err;
    return place.line > 0 ? error_wrap(err, "%s:%d", place.file, place.line)
                          : error_wrap(err, "%s", place.file);
}

/* One line more in the list of those that refuse. */
static struct error *add_refusal(struct error *refusals, struct error *err)
{
    if (refusals == NULL)
        return err;
    struct error *both = error_new(ERROR_INVALID, NULL, "%s\n%s", refusals->message, err->message);
    error_free(refusals);
    error_free(err);
    return both;
}

static void prepare(const struct config *config, struct plugin *plugin, const char *name,
                    bool needed, struct instances *all, struct error **refusals)
{
    struct prepared *item = &all->items[all->count];
    struct plugin_values values;

    config_plugin_values(config, name, &values);
    struct error *err = plugin_prepare(plugin, &values, &item->instance);
    if (err == NULL) {
        item->plugin = plugin;
        all->count++;
        return;
    }
    err = explain(config, name, err);
    if (needed) {
        *refusals = add_refusal(*refusals, err);
    } else {
        log_line(LOG_LEVEL_WARNING, NULL, name, "%s", err->message);
        error_free(err);
    }
}

struct error *instances_prepare(const struct config *config, struct plugins *plugins,
                                const char *default_runtime, struct instances **instances)
{
    size_t room = plugins_count(plugins);
    struct instances *all = calloc(1, sizeof(*all) + room * sizeof(all->items[0]));
    struct error *refusals = NULL;

    *instances = NULL;
    if (all == NULL)
        return error_errno(ENOMEM, "Configuring the plugins");
    for (size_t i = 0; i < room; i++) {
        struct plugin *plugin = plugins_at(plugins, i);
        struct plugin_info info;

        plugin_info(plugin, &info);
        if (info.name == NULL || plugins_find(plugins, info.name) != plugin)
            continue;
        bool needed = plugin_configured(plugin) || strcmp(info.name, default_runtime) == 0;
        prepare(config, plugin, info.name, needed, all, &refusals);
    }
    if (refusals == NULL)
        *instances = all;
    else
        instances_free(all);
    return refusals;
}

void instances_adopt(struct instances *all)
{
    for (size_t i = 0; i < all->count; i++)
        plugin_adopt(all->items[i].plugin, all->items[i].instance);
    free(all);
}

void instances_free(struct instances *all)
{
    for (size_t i = 0; all != NULL && i < all->count; i++)
        instance_unref(all->items[i].instance);
    free(all);
}
