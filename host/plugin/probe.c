/* SPDX-License-Identifier: Apache-2.0 */
/* Probing: asking a plugin for its engine, and remembering the answer. */
#include "base/clock.h"
#include "base/log.h"
#include "plugin/call.h"
#include "plugin/plugin.h"

#include <string.h>

enum {
    KNOWN_LIMITS =
        MAPS_LIMIT_CPU | MAPS_LIMIT_MEMORY | MAPS_LIMIT_PIDS | MAPS_LIMIT_DISK | MAPS_LIMIT_OUTPUT
};

static void began(struct plugin *plugin, int64_t now_ms)
{
    (void)pthread_mutex_lock(&plugin->lock);
    health_probe_began(&plugin->health, now_ms);
    (void)pthread_mutex_unlock(&plugin->lock);
}

/* An instance that was replaced meanwhile says nothing about the current settings. */
static void ended(struct plugin *plugin, const struct instance *instance,
                  const struct maps_probe *probe)
{
    (void)pthread_mutex_lock(&plugin->lock);
    health_probe_ended(&plugin->health);
    if (plugin->current == instance)
        health_learn(&plugin->health, probe);
    (void)pthread_mutex_unlock(&plugin->lock);
}

static struct error *call_probe(const struct instance *instance, struct maps_probe *probe)
{
    struct plugin *plugin = instance->plugin;
    struct call call;
    int result;

    call_enter(&call, plugin);
    result = plugin->declaration.plugin.probe(instance->handle, probe);
    call_leave(&call);
    return result == 0 ? NULL : call_error(&call, ERROR_UNAVAILABLE, "probe", result);
}

/* Makes what the plugin filled in safe to use. */
static void tidy(struct maps_probe *probe, const struct error *err)
{
    probe->size = sizeof(*probe);
    probe->reachable = err == NULL && probe->reachable != 0;
    probe->limits_enforced &= KNOWN_LIMITS;
    probe->limits_soft &= KNOWN_LIMITS & ~probe->limits_enforced;
    probe->version[sizeof(probe->version) - 1] = '\0';
    probe->message[sizeof(probe->message) - 1] = '\0';
    if (err != NULL)
        (void)snprintf(probe->message, sizeof(probe->message), "%s", err->message);
}

struct error *instance_probe(struct instance *instance, struct maps_probe *probe)
{
    struct plugin *plugin = instance->plugin;
    int64_t start_ms = clock_monotonic_ms(), taken_ms;
    struct error *err;

    *probe = (struct maps_probe){ .size = sizeof(*probe) };
    began(plugin, start_ms);
    err = call_probe(instance, probe);
    tidy(probe, err);
    ended(plugin, instance, probe);
    taken_ms = clock_monotonic_ms() - start_ms;
    if (taken_ms > PROBE_LIMIT_MS)
        log_line(LOG_LEVEL_WARNING, NULL, plugin->name,
                 "probe() took %lld ms; it must answer within %d ms", (long long)taken_ms,
                 PROBE_LIMIT_MS);
    return err;
}

static enum plugin_state describe(const struct plugin *plugin, int64_t now_ms, char *message,
                                  size_t message_size)
{
    const struct health *health = &plugin->health;
    int64_t overdue_ms = health_overdue_ms(health, now_ms);

    if (overdue_ms > 0) {
        (void)snprintf(message, message_size,
                       "The plugin has been probing its engine for %lld seconds without an answer.",
                       (long long)(overdue_ms / 1000));
        return PLUGIN_UNAVAILABLE;
    }
    (void)snprintf(message, message_size, "%s",
                   plugin->current == NULL ? "It is not configured."
                   : health->probed        ? health->message
                                           : "It has not been probed yet.");
    return plugin->current != NULL && health->reachable ? PLUGIN_READY : PLUGIN_UNAVAILABLE;
}

enum plugin_state plugin_state(struct plugin *plugin, char *message, size_t message_size,
                               char *engine_version, size_t version_size)
{
    int64_t now_ms = clock_monotonic_ms();
    enum plugin_state state;
    bool tell;

    if (plugin->refusal != NULL) {
        (void)snprintf(message, message_size, "%s", plugin->refusal->message);
        (void)snprintf(engine_version, version_size, "%s", "");
        return PLUGIN_REFUSED;
    }
    (void)pthread_mutex_lock(&plugin->lock);
    state = describe(plugin, now_ms, message, message_size);
    tell = health_tell_overdue(&plugin->health, now_ms);
    (void)snprintf(engine_version, version_size, "%s", plugin->health.version);
    (void)pthread_mutex_unlock(&plugin->lock);
    if (tell)
        log_line(LOG_LEVEL_WARNING, NULL, plugin->name,
                 "probe() hangs: it must answer within %d ms", PROBE_LIMIT_MS);
    return state;
}
