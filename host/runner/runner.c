/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "runner/parts.h"
#include "runner/slot.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long the end of a runner waits for what a killed one left, and for the last replies. */
enum { FORMER_PATIENCE_MS = 5000, STOP_PATIENCE_MS = 5000 };

/* Whoever calls keeps its signals: the threads that are made meanwhile get none. */
static sigset_t block_signals(void)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    return before;
}

/* The plugins that are needed: the runtime's, and those that a killed runner's jobs are on. */
static struct error *configure(struct runner *runner)
{
    struct preparation *preparation = runner->preparation;
    const struct former *former = &runner->former;
    struct error *err = preparation_configure(preparation, preparation->detected.name);

    if (err != NULL)
        return error_wrap(err, "The runtime %s cannot be used", preparation->detected.name);
    for (size_t i = 0; i < former->count; i++) {
        const char *runtime = former->records[i]->runtime;
        struct plugin *plugin = plugins_find(preparation->plugins, runtime);
        struct instance *instance = plugin == NULL ? NULL : plugin_instance(plugin);
        ERROR_AUTO failure = instance != NULL ? NULL : preparation_configure(preparation, runtime);

        if (failure != NULL)
            log_line(LOG_LEVEL_WARNING, former->records[i]->id, runtime, "%s", failure->message);
        instance_unref(instance);
    }
    return NULL;
}

static struct error *take_slot(struct runner *runner)
{
    struct preparation *preparation = runner->preparation;
    char *folder = NULL;
    struct error *err = detected_runtime_check(&preparation->detected, preparation->plugins,
                                               preparation->settings->plugin_dir);

    if (err == NULL)
        err = slot_take(preparation->settings->data_dir, &runner->store, &folder);
    if (err != NULL)
        return err;
    places_set_owner(&preparation->places, store_owner(runner->store));
    err = preparation_use_data_dir(preparation, folder);
    free(folder);
    return err;
}

static struct error *check_reachable(struct runner *runner)
{
    struct jobs_figures figures;

    jobs_figures(runner->jobs, &figures);
    free(figures.store_error);
    if (figures.runtime_reachable)
        return NULL;
    return error_new(
        ERROR_UNAVAILABLE, NULL, "The runtime %s cannot be reached: %s", runner_runtime(runner),
        figures.runtime_message[0] == '\0' ? "it does not answer" : figures.runtime_message);
}

static struct error *open_jobs(struct runner *runner)
{
    struct preparation *preparation = runner->preparation;
    struct jobs_parts parts = { &runner->settings, runner->store, preparation->plugins,
                                preparation->detected.name, true };
    struct error *err;

    current_settings_init(&runner->settings, preparation->settings);
    err = jobs_new(&parts, &runner->jobs);
    if (err != NULL)
        return err;
    jobs_on_change(runner->jobs, runs_changed, runner);
    err = former_cancel(runner);
    if (err == NULL)
        err = jobs_start(runner->jobs);
    if (err != NULL)
        return err;
    former_forget(runner);
    return check_reachable(runner);
}

static void init_locks(struct runner *runner)
{
    pthread_condattr_t attributes;

    (void)pthread_mutex_init(&runner->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&runner->replied, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static struct error *open_rooms(struct runner *runner)
{
    struct error *err = take_slot(runner);

    if (err == NULL)
        err = former_list(runner->store, &runner->former);
    if (err == NULL)
        err = configure(runner);
    return err == NULL ? open_jobs(runner) : err;
}

struct error *runner_open(struct preparation *preparation, struct runner **runner)
{
    struct runner *made = calloc(1, sizeof(*made));
    sigset_t before;
    struct error *err;

    if (made == NULL) {
        preparation_free(preparation);
        return error_errno(ENOMEM, "Preparing to run a script");
    }
    init_locks(made);
    made->preparation = preparation;
    before = block_signals();
    err = open_rooms(made);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err == NULL)
        *runner = made;
    else
        (void)runner_close(made);
    return err;
}

void runner_reply_due(struct runner *runner)
{
    (void)pthread_mutex_lock(&runner->lock);
    runner->replies_due++;
    (void)pthread_mutex_unlock(&runner->lock);
}

void runner_replied(struct runner *runner)
{
    (void)pthread_mutex_lock(&runner->lock);
    runner->replies_due--;
    (void)pthread_cond_broadcast(&runner->replied);
    (void)pthread_mutex_unlock(&runner->lock);
}

/* False: some replies are still to come. */
static bool wait_for_replies(struct runner *runner, int64_t patience_ms)
{
    int64_t due_ms = clock_monotonic_ms() + patience_ms;
    struct timespec due = { .tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000 };

    (void)pthread_mutex_lock(&runner->lock);
    while (runner->replies_due > 0 &&
           pthread_cond_timedwait(&runner->replied, &runner->lock, &due) == 0)
        ;
    bool done = runner->replies_due == 0;
    (void)pthread_mutex_unlock(&runner->lock);
    return done;
}

bool runner_close(struct runner *runner)
{
    if (runner->jobs != NULL) {
        (void)wait_for_replies(runner, FORMER_PATIENCE_MS);
        /* a host that stops answers all that wait for it */
        if (jobs_stop(runner->jobs) || !wait_for_replies(runner, STOP_PATIENCE_MS))
            return false;
    }
    jobs_free(runner->jobs);
    store_list_free(runner->former.records, runner->former.count);
    if (runner->settings.settings != NULL)
        current_settings_clear(&runner->settings);
    store_close(runner->store);
    preparation_free(runner->preparation);
    (void)pthread_cond_destroy(&runner->replied);
    (void)pthread_mutex_destroy(&runner->lock);
    free(runner);
    return true;
}

const char *runner_runtime(const struct runner *runner)
{
    return runner->preparation->detected.name;
}

const char *runner_type(const struct runner *runner)
{
    struct plugin_info info;

    plugin_info(plugins_find(runner->preparation->plugins, runner_runtime(runner)), &info);
    return info.runner_type;
}
