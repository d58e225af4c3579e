/* SPDX-License-Identifier: Apache-2.0 */
#include "reload/reloader.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config_log.h"
#include "reload/file_watch.h"
#include "reload/instances.h"
#include "service/manager.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { LOOK_EVERY_MS = 1000, TOLD_MISTAKES = 10 };

struct reloader {
    struct reload_parts parts;
    void (*applied)(void *context);
    void *context;
    pthread_t thread;
    bool started;

    /* the thread's own */
    struct config *latest; /* the one in force, unless that is still parts.config */
    struct file_watch *watch;

    pthread_mutex_t lock;
    pthread_cond_t tick; /* CLOCK_MONOTONIC: requested, stopping, or ended */
    bool requested, stopping, ended;
};

static const struct config *in_force(const struct reloader *reloader)
{
    return reloader->latest != NULL ? reloader->latest : reloader->parts.config;
}

struct reloader *reloader_new(const struct reload_parts *parts)
{
    struct reloader *reloader = calloc(1, sizeof(*reloader));
    pthread_condattr_t attributes;

    if (reloader == NULL)
        return NULL;
    reloader->parts = *parts;
    reloader->watch = file_watch_new();
    (void)pthread_mutex_init(&reloader->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&reloader->tick, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (reloader->watch != NULL &&
        file_watch_set(reloader->watch, config_files(parts->config), NULL))
        return reloader;
    reloader_free(reloader);
    return NULL;
}

/* ---- one reload ---- */

static void take_over(struct reloader *reloader, struct config *config, struct settings *settings,
                      struct instances *instances)
{
    /* In this order: a job that is admitted under the new settings meets the new instances. */
    instances_adopt(instances);
    current_settings_replace(reloader->parts.settings, settings);
    log_configure(settings->log_level, settings->log_format);
    config_free(reloader->latest);
    reloader->latest = config;
    (void)file_watch_set(reloader->watch, config_files(config), NULL);
    log_info("settings reloaded%s%s", settings->config_file != NULL ? " from " : "",
             settings->config_file != NULL ? settings->config_file : "");
    reloader->applied(reloader->context);
}

static void refuse(struct reloader *reloader, struct config *config, const struct error *err)
{
    current_settings_refuse(reloader->parts.settings, err->message);
    log_error("the settings were not reloaded: those of before go on");
    if (config != NULL)
        (void)file_watch_set(reloader->watch, config_files(in_force(reloader)),
                             config_files(config));
    config_free(config);
}

static struct error *mistakes(const struct config *config)
{
    char *text = config_mistakes_text(config, TOLD_MISTAKES);
    struct error *err = error_new(ERROR_INVALID, NULL, "%s", text == NULL ? "out of memory" : text);

    free(text);
    return err;
}

/* All that can be found wrong is logged, line by line. */
static struct error *check(struct reloader *reloader, struct config *config,
                           struct settings **settings, struct instances **instances)
{
    const struct reload_parts *parts = &reloader->parts;
    bool good = config_check_reload(config, in_force(reloader), parts->plugins, settings);

    config_log_problems(config);
    if (!good)
        return mistakes(config);
    struct error *err =
        instances_prepare(config, parts->plugins, parts->default_runtime, instances);
    if (err != NULL)
        log_error("%s", err->message);
    return err;
}

static void reload(struct reloader *reloader)
{
    struct instances *instances = NULL;
    struct settings *settings = NULL;
    ERROR_AUTO err = NULL;

    file_watch_mark(reloader->watch);
    struct config *config = config_load_again(in_force(reloader));
    err = config == NULL ? error_errno(ENOMEM, "Reading the settings")
                         : check(reloader, config, &settings, &instances);
    if (err == NULL)
        take_over(reloader, config, settings, instances);
    else
        refuse(reloader, config, err);
    settings_unref(settings);
}

/* ---- the thread ---- */

static bool watching(struct reloader *reloader)
{
    SETTINGS_AUTO settings = current_settings(reloader->parts.settings);

    return settings->reload_on_change;
}

/* Waits for a request, the next look, or the end.  Called locked. */
static void rest(struct reloader *reloader, bool watching)
{
    int64_t due_ms = clock_monotonic_ms() + LOOK_EVERY_MS;
    struct timespec due = { .tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000 };
    int result = 0;

    while (!reloader->requested && !reloader->stopping && result == 0)
        result = watching ? pthread_cond_timedwait(&reloader->tick, &reloader->lock, &due)
                          : pthread_cond_wait(&reloader->tick, &reloader->lock);
}

static void *reloader_thread(void *arg)
{
    struct reloader *reloader = arg;

    (void)pthread_mutex_lock(&reloader->lock);
    while (!reloader->stopping) {
        bool watch = watching(reloader);
        rest(reloader, watch);
        bool due = reloader->requested;
        reloader->requested = false;
        if (reloader->stopping)
            break;
        (void)pthread_mutex_unlock(&reloader->lock);
        if (due || (watch && file_watch_look(reloader->watch))) {
            manager_reloading();
            reload(reloader);
            manager_ready();
        }
        (void)pthread_mutex_lock(&reloader->lock);
    }
    reloader->ended = true;
    (void)pthread_cond_broadcast(&reloader->tick);
    (void)pthread_mutex_unlock(&reloader->lock);
    return NULL;
}

struct error *reloader_start(struct reloader *reloader, void (*applied)(void *context),
                             void *context)
{
    reloader->applied = applied;
    reloader->context = context;
    int result = pthread_create(&reloader->thread, NULL, reloader_thread, reloader);
    reloader->started = result == 0;
    return result == 0 ? NULL : error_errno(result, "Starting the thread that reloads settings");
}

void reloader_request(struct reloader *reloader)
{
    (void)pthread_mutex_lock(&reloader->lock);
    reloader->requested = true;
    (void)pthread_cond_broadcast(&reloader->tick);
    (void)pthread_mutex_unlock(&reloader->lock);
}

bool reloader_stop(struct reloader *reloader, int64_t grace_ms)
{
    int64_t due_ms = clock_monotonic_ms() + grace_ms;
    struct timespec due = { .tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000 };
    int result = 0;

    if (reloader == NULL || !reloader->started)
        return true;
    (void)pthread_mutex_lock(&reloader->lock);
    reloader->stopping = true;
    (void)pthread_cond_broadcast(&reloader->tick);
    while (!reloader->ended && result == 0)
        result = pthread_cond_timedwait(&reloader->tick, &reloader->lock, &due);
    bool ended = reloader->ended;
    (void)pthread_mutex_unlock(&reloader->lock);
    if (ended)
        (void)pthread_join(reloader->thread, NULL);
    return ended;
}

void reloader_free(struct reloader *reloader)
{
    if (reloader == NULL)
        return;
    file_watch_free(reloader->watch);
    config_free(reloader->latest);
    (void)pthread_cond_destroy(&reloader->tick);
    (void)pthread_mutex_destroy(&reloader->lock);
    free(reloader);
}
