/* SPDX-License-Identifier: Apache-2.0 */
#include "job/jobs.h"

#include "base/clock.h"
#include "job/jobs_rooms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POOL_THREADS = 4, COPIER_THREADS = 2, PROBE_PATIENCE_MS = 6000, STOP_PATIENCE_MS = 1000 };

void jobs_lock(struct jobs *jobs)
{
    (void)pthread_mutex_lock(&jobs->lock);
}

void jobs_unlock(struct jobs *jobs)
{
    (void)pthread_mutex_unlock(&jobs->lock);
}

void jobs_wait_until(struct jobs *jobs, pthread_cond_t *condition, int64_t due_ms)
{
    struct timespec due = { .tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000 };

    if (due_ms == INT64_MAX)
        (void)pthread_cond_wait(condition, &jobs->lock);
    else
        (void)pthread_cond_timedwait(condition, &jobs->lock, &due);
}

void jobs_wake_dispatcher(struct jobs *jobs)
{
    jobs_lock(jobs);
    (void)pthread_cond_signal(&jobs->wake);
    jobs_unlock(jobs);
}

static void runtime_changed(void *context)
{
    jobs_wake_dispatcher(context);
}

void jobs_notify(struct jobs *jobs, const struct job_record *record)
{
    if (jobs->changed != NULL)
        jobs->changed(jobs->changed_context, record->id, job_status_terminal(record->status));
}

void jobs_enqueue(struct jobs *jobs, const struct job_record *record, int64_t delay_ms)
{
    jobs_lock(jobs);
    /* Out of memory: the job is queued on disk, and starts with the next host. */
    (void)job_queue_push(jobs->queue, record->id, record->runtime, record->priority,
                         record->sequence, delay_ms == 0 ? 0 : clock_monotonic_ms() + delay_ms);
    (void)pthread_cond_signal(&jobs->wake);
    jobs_unlock(jobs);
}

static void init_locks(struct jobs *jobs)
{
    pthread_condattr_t attributes;

    (void)pthread_mutex_init(&jobs->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&jobs->wake, &attributes);
    (void)pthread_cond_init(&jobs->guard_wake, &attributes);
    (void)pthread_cond_init(&jobs->idle, &attributes);
    (void)pthread_cond_init(&jobs->retention_wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

struct error *jobs_new(const struct jobs_parts *parts, struct jobs **jobs)
{
    struct jobs *made = calloc(1, sizeof(*made));
    SETTINGS_AUTO settings = current_settings(parts->settings);
    struct error *err;

    if (made == NULL)
        return error_errno(ENOMEM, "Starting");
    init_locks(made);
    made->settings = parts->settings;
    made->store = parts->store;
    made->plugins = parts->plugins;
    made->default_runtime = parts->default_runtime;
    made->default_runtime_only = parts->default_runtime_only;
    err = folders_open(settings->data_dir, settings->runner_uid, settings->runner_gid,
                       &made->folders);
    if (err == NULL) {
        folders_drop_incoming(made->folders);
        made->queue = job_queue_new();
        made->runtimes = runtimes_new(parts->plugins, runtime_changed, made);
        made->pool = task_pool_new(POOL_THREADS);
        made->copiers = task_pool_new(COPIER_THREADS);
        if (made->queue == NULL || made->runtimes == NULL || made->pool == NULL ||
            made->copiers == NULL)
            err = error_errno(ENOMEM, "Starting");
    }
    if (err != NULL) {
        jobs_free(made);
        return err;
    }
    *jobs = made;
    return NULL;
}

void jobs_on_change(struct jobs *jobs, jobs_changed_fn changed, void *context)
{
    jobs->changed = changed;
    jobs->changed_context = context;
}

static void stop_threads(struct jobs *jobs)
{
    const pthread_t threads[] = { jobs->dispatcher, jobs->guard, jobs->retention };

    jobs_lock(jobs);
    jobs->stopping = true;
    (void)pthread_cond_broadcast(&jobs->wake);
    (void)pthread_cond_broadcast(&jobs->guard_wake);
    (void)pthread_cond_broadcast(&jobs->retention_wake);
    (void)pthread_cond_broadcast(&jobs->idle);
    jobs_unlock(jobs);
    for (unsigned i = 0; i < jobs->threads_running; i++)
        (void)pthread_join(threads[i], NULL);
    jobs->threads_running = 0;
}

static struct error *start_threads(struct jobs *jobs)
{
    const struct {
        pthread_t *thread;
        void *(*body)(void *);
        const char *name;
    } threads[] = {
        { &jobs->dispatcher, dispatcher_thread, "dispatcher" },
        { &jobs->guard, guard_thread, "guard" },
        { &jobs->retention, retention_thread, "retention" },
    };

    for (unsigned i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
        int result = pthread_create(threads[i].thread, NULL, threads[i].body, jobs);
        if (result != 0) {
            stop_threads(jobs);
            return error_errno(result, "Starting threads");
        }
        (void)pthread_setname_np(*threads[i].thread, threads[i].name);
        jobs->threads_running++;
    }
    return NULL;
}

struct error *jobs_start(struct jobs *jobs)
{
    runtimes_start(jobs->runtimes);
    /* limits can be checked at the door only when it is known what the runtime keeps */
    runtimes_wait_probed(jobs->runtimes, jobs->default_runtime_only ? jobs->default_runtime : NULL,
                         PROBE_PATIENCE_MS);
    struct error *err = recovery_run(jobs);
    if (err == NULL)
        err = start_threads(jobs);
    jobs_lock(jobs);
    jobs->started = err == NULL;
    jobs_unlock(jobs);
    return err;
}

void jobs_settings_changed(struct jobs *jobs)
{
    runtimes_reconfigured(jobs->runtimes);
    jobs_wake_dispatcher(jobs);
    retention_soon(jobs);
}

void jobs_drain(struct jobs *jobs)
{
    jobs_lock(jobs);
    jobs->draining = true;
    jobs_unlock(jobs);
}

uint64_t jobs_dispatcher_rounds(struct jobs *jobs)
{
    jobs_lock(jobs);
    uint64_t rounds = jobs->dispatcher_rounds;
    (void)pthread_cond_signal(&jobs->wake);
    jobs_unlock(jobs);
    return rounds;
}

bool jobs_draining(struct jobs *jobs)
{
    jobs_lock(jobs);
    bool draining = jobs->draining;
    jobs_unlock(jobs);
    return draining;
}

size_t jobs_wait_idle(struct jobs *jobs, int64_t grace_ms)
{
    int64_t due_ms = clock_monotonic_ms() + grace_ms;

    jobs_lock(jobs);
    while (jobs->live_count > 0 && clock_monotonic_ms() < due_ms)
        jobs_wait_until(jobs, &jobs->idle, due_ms);
    size_t left = jobs->live_count;
    jobs_unlock(jobs);
    return left;
}

bool jobs_stop(struct jobs *jobs)
{
    jobs_lock(jobs);
    jobs->draining = true;
    jobs_unlock(jobs);
    stop_threads(jobs);
    /* workers that only waited to look again end by themselves */
    bool left = jobs_wait_idle(jobs, STOP_PATIENCE_MS) > 0;
    return !runtimes_stop(jobs->runtimes, STOP_PATIENCE_MS) || left;
}

void jobs_free(struct jobs *jobs)
{
    if (jobs == NULL)
        return;
    task_pool_free(jobs->copiers); /* these add to the pool */
    task_pool_free(jobs->pool);
    runtimes_free(jobs->runtimes);
    job_queue_free(jobs->queue);
    folders_close(jobs->folders);
    (void)pthread_cond_destroy(&jobs->wake);
    (void)pthread_cond_destroy(&jobs->guard_wake);
    (void)pthread_cond_destroy(&jobs->idle);
    (void)pthread_cond_destroy(&jobs->retention_wake);
    (void)pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

void jobs_get(struct jobs *jobs, const char *job_id, jobs_record_fn reply, void *context)
{
    store_get(jobs->store, job_id, reply, context);
}

void jobs_list(struct jobs *jobs, const struct store_query *query, store_list_fn reply,
               void *context)
{
    store_list(jobs->store, query, reply, context);
}

char *jobs_progress(struct jobs *jobs, const char *job_id)
{
    char *text = NULL;

    jobs_lock(jobs);
    const struct live *live = live_find_locked(jobs, job_id);
    if (live != NULL && live->progress != NULL) {
        text = strdup(live->progress);
    } else if (live == NULL) {
        long position = job_queue_position(jobs->queue, job_id);
        if (position >= 0 &&
            asprintf(&text, "Waiting in the queue; %ld jobs are before it.", position) < 0)
            text = NULL;
    }
    jobs_unlock(jobs);
    return text;
}

char *jobs_log_path(const struct jobs *jobs, const char *job_id)
{
    return folder_path(jobs->folders, job_id, "control/log");
}

void jobs_figures(struct jobs *jobs, struct jobs_figures *figures)
{
    struct runtime_view view = { .reachable = false };
    ERROR_AUTO err = store_health(jobs->store);

    memset(figures, 0, sizeof(*figures));
    if (runtimes_view(jobs->runtimes, jobs->default_runtime, &view)) {
        figures->runtime_reachable = view.reachable;
        memcpy(figures->runtime_message, view.message, sizeof(figures->runtime_message));
    }
    figures->store_error = err == NULL ? NULL : strdup(err->message);
    jobs_lock(jobs);
    figures->queued = job_queue_length(jobs->queue) + jobs->admitting;
    figures->running = jobs->live_count;
    figures->draining = jobs->draining;
    figures->kept = jobs->kept;
    jobs_unlock(jobs);
}
