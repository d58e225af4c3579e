/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/plugin.h"

#include "plugin/call.h"
#include "plugin/origin.h"

#include <stdlib.h>
#include <string.h>

struct plugin *plugin_new(const char *file)
{
    struct plugin *plugin = calloc(1, sizeof(*plugin));

    if (plugin == NULL)
        return NULL;
    plugin->file = strdup(file);
    if (plugin->file == NULL) {
        free(plugin);
        return NULL;
    }
    atomic_init(&plugin->references, 1);
    (void)pthread_mutex_init(&plugin->lock, NULL);
    return plugin;
}

void plugin_ref(struct plugin *plugin)
{
    (void)atomic_fetch_add(&plugin->references, 1);
}

void plugin_unref(struct plugin *plugin)
{
    if (atomic_fetch_sub(&plugin->references, 1) != 1)
        return;
    declaration_clear(&plugin->declaration);
    error_free(plugin->refusal);
    free(plugin->description);
    free(plugin->runner_type);
    free(plugin->version);
    free(plugin->name);
    free(plugin->file);
    (void)pthread_mutex_destroy(&plugin->lock);
    free(plugin);
}

const void *plugin_code(const struct plugin *plugin)
{
    const void *code;

    memcpy(&code, &plugin->object.entry, sizeof(code));
    return code;
}

static void unmap(struct plugin *plugin)
{
    origin_remove(plugin_code(plugin));
    declaration_clear(&plugin->declaration);
    memset(&plugin->declaration, 0, sizeof(plugin->declaration));
    shared_object_close(&plugin->object);
}

void plugin_refuse(struct plugin *plugin, struct error *err)
{
    plugin->refusal = error_wrap(err, "%s", plugin->file);
    if (!plugin->started)
        unmap(plugin);
}

static void call_unload(struct plugin *plugin)
{
    struct call call;

    if (plugin->declaration.plugin.unload == NULL)
        return;
    call_enter(&call, plugin);
    plugin->declaration.plugin.unload();
    call_leave(&call);
}

void plugin_retire(struct plugin *plugin)
{
    struct instance *current;

    (void)pthread_mutex_lock(&plugin->lock);
    current = plugin->current;
    plugin->current = NULL;
    (void)pthread_mutex_unlock(&plugin->lock);
    instance_unref(current);
    origin_remove(plugin_code(plugin)); /* the host is on its way out */
    /* Any other reference belongs to an instance that somebody still uses. */
    if (plugin->refusal != NULL || atomic_load(&plugin->ran) ||
        atomic_load(&plugin->references) != 1)
        return;
    call_unload(plugin);
    unmap(plugin);
}

void plugin_info(const struct plugin *plugin, struct plugin_info *info)
{
    *info = (struct plugin_info){ .file = plugin->file,
                                  .name = plugin->name,
                                  .version = plugin->version,
                                  .runner_type = plugin->runner_type,
                                  .description = plugin->description,
                                  .abi_version = plugin->abi_version };
}

const struct maps_option *plugin_options(const struct plugin *plugin)
{
    return plugin->refusal == NULL ? plugin->declaration.options : NULL;
}
