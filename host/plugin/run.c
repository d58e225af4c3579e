/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: calling run_script(), recover() and cancel(), and holding plugins to the contract. */
#include "plugin/run.h"

#include "base/log.h"
#include "plugin/call.h"
#include "plugin/plugin.h"

#include <stdlib.h>
#include <string.h>

enum { VIOLATION_TEXT_BYTES = 512 };

struct maps_run *run_new(struct instance *instance, const char *job_id,
                         const struct run_services *services, void *context)
{
    struct maps_run *run = calloc(1, sizeof(*run));
    pthread_mutexattr_t recursive;

    if (run == NULL)
        return NULL;
    run->job_id = strdup(job_id);
    if (run->job_id == NULL) {
        free(run);
        return NULL;
    }
    run->services = services;
    run->context = context;
    run->instance = instance;
    (void)atomic_fetch_add(&instance->references, 1);
    (void)pthread_mutexattr_init(&recursive);
    (void)pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    (void)pthread_mutex_init(&run->cancel_lock, &recursive);
    (void)pthread_mutexattr_destroy(&recursive);
    return run;
}

void run_free(struct maps_run *run)
{
    if (run == NULL)
        return;
    instance_unref(run->instance);
    (void)pthread_mutex_destroy(&run->cancel_lock);
    free(run->job_id);
    free(run);
}

void run_violation(struct maps_run *run, enum run_violation kind, const char *format, ...)
{
    char text[VIOLATION_TEXT_BYTES];
    unsigned bit = 1u << kind;
    va_list ap;

    if ((atomic_fetch_or(&run->violations, bit) & bit) != 0)
        return;
    va_start(ap, format);
    (void)vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    log_line(LOG_LEVEL_ERROR, run->job_id, run->instance->plugin->name,
             "contract violation by the plugin: %s", text);
}

static void enter(struct maps_run *run, struct call *call)
{
    atomic_store(&run->instance->plugin->ran, true);
    (void)pthread_mutex_lock(&run->cancel_lock);
    run->inside = true;
    (void)pthread_mutex_unlock(&run->cancel_lock);
    call_enter(call, run->instance->plugin);
}

/* Waits for a cancel() that is under way: what it uses goes away with the run. */
static void leave(struct maps_run *run, struct call *call)
{
    call_leave(call);
    (void)pthread_mutex_lock(&run->cancel_lock);
    run->inside = false;
    (void)pthread_mutex_unlock(&run->cancel_lock);
}

/* The plugin came back without an outcome. */
static struct error *explain(struct maps_run *run, const struct call *call, const char *callback,
                             int result)
{
    if (result < 0)
        return call_error(call, ERROR_UNAVAILABLE, callback, result);
    run_violation(run, VIOLATION_RESULT, "%s() returned %d without having called finish()",
                  callback, result);
    return error_new(ERROR_INTERNAL, NULL,
                     "The plugin %s returned %d from %s() without saying how the job ended. "
                     "Report this to the plugin's author.",
                     call->plugin->name, result, callback);
}

static enum run_result judge(struct maps_run *run, const struct call *call, const char *callback,
                             int result, struct error **err)
{
    *err = NULL;
    if (atomic_load(&run->finished)) {
        if (result != 0)
            run_violation(run, VIOLATION_RESULT,
                          "%s() returned %d after finish(); the outcome stands", callback, result);
        return RUN_REPORTED;
    }
    if (result == MAPS_NOT_STARTED) {
        *err = call_error(call, ERROR_UNAVAILABLE, callback, result);
        return RUN_NOT_STARTED;
    }
    *err = explain(run, call, callback, result);
    return RUN_FAILED;
}

enum run_result run_script(struct maps_run *run, const struct maps_job *job, struct error **err)
{
    const struct instance *instance = run->instance;
    struct call call;
    int result;

    enter(run, &call);
    result = instance->plugin->declaration.plugin.run_script(instance->handle, run, job);
    leave(run, &call);
    return judge(run, &call, "run_script", result, err);
}

enum run_result run_recover(struct maps_run *run, const struct maps_job *job, const char *handle,
                            struct error **err)
{
    const struct instance *instance = run->instance;
    struct call call;
    int result;

    atomic_store(&run->start_announced, true);
    atomic_store(&run->phase, MAPS_PHASE_START_ATTEMPTED);
    enter(run, &call);
    result = instance->plugin->declaration.plugin.recover(instance->handle, run, job,
                                                          handle == NULL ? "" : handle);
    leave(run, &call);
    if (result == MAPS_GONE && !atomic_load(&run->finished)) {
        *err = NULL;
        return RUN_GONE;
    }
    return judge(run, &call, "recover", result, err);
}

static void call_cancel(struct maps_run *run)
{
    const struct instance *instance = run->instance;
    struct call call;

    call_enter(&call, instance->plugin);
    instance->plugin->declaration.plugin.cancel(instance->handle, run, run->data);
    call_leave(&call);
}

void run_cancel(struct maps_run *run)
{
    (void)pthread_mutex_lock(&run->cancel_lock);
    if (run->inside && run->data != NULL &&
        run->instance->plugin->declaration.plugin.cancel != NULL)
        call_cancel(run);
    (void)pthread_mutex_unlock(&run->cancel_lock);
}
