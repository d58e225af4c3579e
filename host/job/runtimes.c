/* SPDX-License-Identifier: Apache-2.0 */
#include "job/runtimes.h"

#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PROBE_EVERY_MS = 10000, PROBE_EVERY_UNREACHABLE_MS = 1000 };

struct runtime {
    struct runtimes *all;
    struct plugin *plugin;
    struct runtime_view view;
    pthread_t thread;
    bool started, ended, probe_now;
};

struct runtimes {
    pthread_mutex_t lock;
    pthread_cond_t tick; /* CLOCK_MONOTONIC: probe now, a probe is over, or stop */
    bool stopping;
    void (*changed)(void *context);
    void *context;
    size_t count;
    struct runtime items[];
};

static struct timespec after_ms(int64_t ms)
{
    int64_t due = clock_monotonic_ms() + ms;

    return (struct timespec){ .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };
}

struct runtimes *runtimes_new(struct plugins *plugins, void (*changed)(void *context),
                              void *context)
{
    size_t room = plugins_count(plugins);
    struct runtimes *all = calloc(1, sizeof(*all) + room * sizeof(struct runtime));
    pthread_condattr_t attributes;

    if (all == NULL)
        return NULL;
    (void)pthread_mutex_init(&all->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&all->tick, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    all->changed = changed;
    all->context = context;
    for (size_t i = 0; i < room; i++) {
        struct plugin *plugin = plugins_at(plugins, i);
        struct plugin_info info;

        plugin_info(plugin, &info);
        if (info.name == NULL || plugins_find(plugins, info.name) != plugin)
            continue;
        all->items[all->count] = (struct runtime){ .all = all, .plugin = plugin };
        all->items[all->count].view.name = info.name;
        all->items[all->count++].view.runner_type = info.runner_type;
    }
    return all;
}

static void ask(struct runtime *runtime, struct maps_probe *probe)
{
    struct instance *instance = plugin_instance(runtime->plugin);
    ERROR_AUTO err = NULL;

    memset(probe, 0, sizeof(*probe));
    if (instance == NULL)
        return;
    err = instance_probe(instance, probe);
    instance_unref(instance);
    if (err != NULL) {
        probe->reachable = 0;
        (void)snprintf(probe->message, sizeof(probe->message), "%s", err->message);
    }
}

/* Takes over what a probe found; true if reachability changed.  Called locked. */
static bool remember(struct runtime *runtime, const struct maps_probe *probe)
{
    struct runtime_view *view = &runtime->view;
    bool changed = !view->probed || view->reachable != (probe->reachable != 0);

    view->probed = true;
    view->reachable = probe->reachable != 0;
    if (view->reachable) {
        view->limits_enforced = probe->limits_enforced;
        view->limits_soft = probe->limits_soft;
    }
    (void)snprintf(view->message, sizeof(view->message), "%.*s", (int)sizeof(probe->message) - 1,
                   probe->message);
    return changed;
}

static void report(const struct runtime *runtime, const struct maps_probe *probe)
{
    if (probe->reachable == 0)
        log_line(LOG_LEVEL_WARNING, NULL, runtime->view.name, "runtime is not reachable: %s",
                 probe->message);
    else
        log_line(LOG_LEVEL_INFO, NULL, runtime->view.name, "runtime is ready: %s%s%s",
                 probe->version, probe->message[0] != '\0' ? "; " : "", probe->message);
    runtime->all->changed(runtime->all->context);
}

static void *probe_thread(void *arg)
{
    struct runtime *runtime = arg;
    struct runtimes *all = runtime->all;
    struct maps_probe probe;

    (void)pthread_mutex_lock(&all->lock);
    while (!all->stopping) {
        runtime->probe_now = false;
        (void)pthread_mutex_unlock(&all->lock);
        ask(runtime, &probe);
        (void)pthread_mutex_lock(&all->lock);
        bool changed = remember(runtime, &probe);
        (void)pthread_cond_broadcast(&all->tick);
        if (changed) {
            (void)pthread_mutex_unlock(&all->lock);
            report(runtime, &probe);
            (void)pthread_mutex_lock(&all->lock);
        }
        struct timespec due =
            after_ms(probe.reachable != 0 ? PROBE_EVERY_MS : PROBE_EVERY_UNREACHABLE_MS);
        while (!all->stopping && !runtime->probe_now &&
               pthread_cond_timedwait(&all->tick, &all->lock, &due) == 0)
            ;
    }
    runtime->ended = true;
    (void)pthread_cond_broadcast(&all->tick);
    (void)pthread_mutex_unlock(&all->lock);
    return NULL;
}

static bool start_probing(struct runtime *runtime)
{
    if (pthread_create(&runtime->thread, NULL, probe_thread, runtime) == 0)
        return true;
    log_line(LOG_LEVEL_ERROR, NULL, runtime->view.name, "cannot probe the runtime: out of threads");
    return false;
}

void runtimes_start(struct runtimes *all)
{
    (void)pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->count; i++) {
        struct runtime *runtime = &all->items[i];
        if (!runtime->started && plugin_configured(runtime->plugin))
            runtime->started = start_probing(runtime);
    }
    (void)pthread_mutex_unlock(&all->lock);
}

void runtimes_reconfigured(struct runtimes *all)
{
    runtimes_start(all); /* those that had no instance before */
    (void)pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->count; i++)
        all->items[i].probe_now = true;
    (void)pthread_cond_broadcast(&all->tick);
    (void)pthread_mutex_unlock(&all->lock);
}

static bool all_probed(const struct runtimes *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].started && !all->items[i].view.probed &&
            (name == NULL || strcmp(all->items[i].view.name, name) == 0))
            return false;
    return true;
}

static bool all_ended(const struct runtimes *all, const char *name)
{
    (void)name;
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].started && !all->items[i].ended)
            return false;
    return true;
}

static bool wait_for(struct runtimes *all, bool (*done)(const struct runtimes *, const char *name),
                     const char *name, int64_t ms)
{
    struct timespec due = after_ms(ms);
    bool result;

    (void)pthread_mutex_lock(&all->lock);
    while (!done(all, name) && pthread_cond_timedwait(&all->tick, &all->lock, &due) == 0)
        ;
    result = done(all, name);
    (void)pthread_mutex_unlock(&all->lock);
    return result;
}

void runtimes_wait_probed(struct runtimes *all, const char *name, int64_t deadline_ms)
{
    (void)wait_for(all, all_probed, name, deadline_ms);
}

bool runtimes_stop(struct runtimes *all, int64_t grace_ms)
{
    (void)pthread_mutex_lock(&all->lock);
    all->stopping = true;
    (void)pthread_cond_broadcast(&all->tick);
    (void)pthread_mutex_unlock(&all->lock);
    if (!wait_for(all, all_ended, NULL, grace_ms))
        return false;
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].started)
            (void)pthread_join(all->items[i].thread, NULL);
    return true;
}

void runtimes_free(struct runtimes *all)
{
    if (all == NULL)
        return;
    (void)pthread_cond_destroy(&all->tick);
    (void)pthread_mutex_destroy(&all->lock);
    free(all);
}

static struct runtime *find(struct runtimes *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].view.name, name) == 0 && plugin_configured(all->items[i].plugin))
            return &all->items[i];
    return NULL;
}

/* A probe that hangs has not told us yet that the engine does; the plugin room knows. */
static bool probe_hangs(struct runtime *runtime, char *message, size_t size)
{
    char version[sizeof(((struct maps_probe *)0)->version)];

    return plugin_state(runtime->plugin, message, size, version, sizeof(version)) != PLUGIN_READY;
}

bool runtimes_view(struct runtimes *all, const char *name, struct runtime_view *view)
{
    struct runtime *runtime = find(all, name);

    if (runtime == NULL)
        return false;
    (void)pthread_mutex_lock(&all->lock);
    *view = runtime->view;
    (void)pthread_mutex_unlock(&all->lock);
    if (view->reachable && probe_hangs(runtime, view->message, sizeof(view->message)))
        view->reachable = false;
    return true;
}

const char *runtimes_reserve(struct runtimes *all, const char *name, size_t limit)
{
    struct runtime *runtime = find(all, name);
    char message[sizeof(runtime->view.message)];
    bool free_slot;

    if (runtime == NULL)
        return NULL;
    bool hangs = limit != 0 && probe_hangs(runtime, message, sizeof(message));
    (void)pthread_mutex_lock(&all->lock);
    free_slot = limit == 0 || (!hangs && runtime->view.reachable && runtime->view.running < limit);
    if (free_slot)
        runtime->view.running++;
    (void)pthread_mutex_unlock(&all->lock);
    return free_slot ? runtime->view.name : NULL;
}

void runtimes_release(struct runtimes *all, const char *name)
{
    struct runtime *runtime = name == NULL ? NULL : find(all, name);

    if (runtime == NULL)
        return;
    (void)pthread_mutex_lock(&all->lock);
    runtime->view.running--;
    (void)pthread_mutex_unlock(&all->lock);
}

void runtimes_probe_soon(struct runtimes *all, const char *name)
{
    struct runtime *runtime = find(all, name);

    if (runtime == NULL)
        return;
    (void)pthread_mutex_lock(&all->lock);
    runtime->probe_now = true;
    (void)pthread_cond_broadcast(&all->tick);
    (void)pthread_mutex_unlock(&all->lock);
}
