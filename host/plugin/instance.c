/* SPDX-License-Identifier: Apache-2.0 */
/* Instances: one accepted configuration of a plugin each, living as long as somebody runs,
 * probes or cleans up with it. */
#include "base/clock.h"
#include "base/log.h"
#include "plugin/call.h"
#include "plugin/plugin.h"
#include "plugin/services.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct instance *instance_new(struct plugin *plugin)
{
    struct instance *instance = calloc(1, sizeof(*instance));

    if (instance == NULL)
        return NULL;
    atomic_init(&instance->references, 1);
    instance->plugin = plugin;
    plugin_ref(plugin);
    return instance;
}

static void instance_free(struct instance *instance)
{
    plugin_unref(instance->plugin);
    free(instance);
}

void instance_unref(struct instance *instance)
{
    struct call call;

    if (instance == NULL || atomic_fetch_sub(&instance->references, 1) != 1)
        return;
    call_enter(&call, instance->plugin);
    instance->plugin->declaration.plugin.release(instance->handle);
    call_leave(&call);
    instance_free(instance);
}

struct plugin *instance_plugin(const struct instance *instance)
{
    return instance->plugin;
}

static struct error *call_configure(struct plugin *plugin, const struct plugin_values *values,
                                    struct maps_instance **handle)
{
    struct maps_config config = { plugin, values };
    struct call call;
    int result;

    call_enter(&call, plugin);
    result = plugin->declaration.plugin.configure(&config, handle);
    call_leave(&call);
    return result == 0 ? NULL : call_error(&call, ERROR_INVALID, "configure", result);
}

struct error *plugin_prepare(struct plugin *plugin, const struct plugin_values *values,
                             struct instance **instance)
{
    struct error *err;

    *instance = NULL;
    if (plugin->refusal != NULL)
        return error_new(ERROR_INVALID, NULL, "%s", plugin->refusal->message);
    struct instance *made = instance_new(plugin);
    if (made == NULL)
        return error_errno(ENOMEM, "Configuring the plugin %s", plugin->name);
    err = call_configure(plugin, values, &made->handle);
    if (err == NULL)
        *instance = made;
    else
        instance_free(made);
    return err;
}

void plugin_adopt(struct plugin *plugin, struct instance *instance)
{
    struct instance *former;

    (void)pthread_mutex_lock(&plugin->lock);
    former = plugin->current;
    plugin->current = instance;
    (void)pthread_mutex_unlock(&plugin->lock);
    instance_unref(former);
}

struct error *plugin_configure(struct plugin *plugin, const struct plugin_values *values)
{
    struct instance *instance;
    struct error *err = plugin_prepare(plugin, values, &instance);

    if (err == NULL)
        plugin_adopt(plugin, instance);
    return err;
}

bool plugin_configured(struct plugin *plugin)
{
    (void)pthread_mutex_lock(&plugin->lock);
    bool configured = plugin->current != NULL;
    (void)pthread_mutex_unlock(&plugin->lock);
    return configured;
}

struct instance *plugin_instance(struct plugin *plugin)
{
    struct instance *instance;

    (void)pthread_mutex_lock(&plugin->lock);
    instance = plugin->current;
    if (instance != NULL)
        (void)atomic_fetch_add(&instance->references, 1);
    (void)pthread_mutex_unlock(&plugin->lock);
    return instance;
}

struct error *instance_cleanup(struct instance *instance, const struct maps_job *job,
                               const char *handle)
{
    struct plugin *plugin = instance->plugin;
    struct call call;
    int result;

    call_enter(&call, plugin);
    result =
        plugin->declaration.plugin.cleanup(instance->handle, job, handle == NULL ? "" : handle);
    call_leave(&call);
    return result == 0 ? NULL : call_error(&call, ERROR_UNAVAILABLE, "cleanup", result);
}

struct error *instance_list_owned(struct instance *instance, maps_owned_fn found, void *context)
{
    struct plugin *plugin = instance->plugin;
    struct call call;
    int result;

    if (plugin->declaration.plugin.list_owned == NULL)
        return NULL;
    call_enter(&call, plugin);
    result = plugin->declaration.plugin.list_owned(instance->handle, found, context);
    call_leave(&call);
    return result == 0 ? NULL : call_error(&call, ERROR_UNAVAILABLE, "list_owned", result);
}
