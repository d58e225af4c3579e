/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include "files.h"
#include "job_run.h"
#include "log_pump.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void job_run_clear(struct job_run *run)
{
    docker_host->set_run_data(run->run, NULL);
    http_waker_free(run->waker);
}
#define JOB_RUN_AUTO __attribute__((cleanup(job_run_clear))) struct job_run

void docker_cancel(struct maps_instance *instance, struct maps_run *run, void *run_data)
{
    (void)instance;
    (void)run;
    http_wake(run_data);
}

static int prepare(struct job_run *run, struct fault *fault)
{
    run->waker = http_waker_new();
    if (run->waker == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    docker_host->set_run_data(run->run, run->waker);
    return 0;
}

/* From a started container to the report. */
static int see_to_its_end(struct job_run *run, int64_t started_ms, struct fault *fault)
{
    struct log_pump *pump = NULL;
    int rc = docker_host->phase(run->run, MAPS_PHASE_RUNNING);

    if (rc == 0 && run->archive)
        rc = log_pump_start(run, &pump, fault);
    if (rc == 0)
        rc = follow(run, started_ms, fault);
    bool gone = rc == -ESRCH;

    log_pump_stop(pump);
    return rc == 0 || gone ? conclude(run, gone, fault) : rc;
}

static int answer(int rc, const struct fault *fault)
{
    if (rc == 0 || rc == LAUNCH_REPORTED)
        return 0;
    docker_host->set_error("%s", fault->text);
    return rc == LAUNCH_NOT_STARTED ? MAPS_NOT_STARTED : rc == -ESRCH ? MAPS_GONE : rc;
}

int docker_run_script(struct maps_instance *instance, struct maps_run *run,
                      const struct maps_job *job)
{
    JOB_RUN_AUTO job_run = { .instance = instance, .run = run, .job = job };
    struct fault fault = { "" };
    int rc = docker_host->phase(run, MAPS_PHASE_PREPARE);

    if (rc != 0)
        return rc;
    rc = prepare(&job_run, &fault);
    if (rc == 0 && docker_host->is_cancelled(run))
        return report_reason(run, MAPS_REASON_CANCELLED, NULL);
    if (rc == 0)
        rc = launch(&job_run, &fault);
    if (rc == LAUNCH_STARTED)
        rc = see_to_its_end(&job_run, 0, &fault);
    return rc == -ESRCH ? -EIO : answer(rc, &fault);
}

/* "<id> shared" or "<id> archive". */
static void read_handle(struct job_run *run, const char *handle)
{
    char mode[10] = "";

    if (sscanf(handle, "%71s %9s", run->container, mode) < 1)
        (void)snprintf(run->container, sizeof(run->container), "%s", run->job->object_name);
    run->archive = strcmp(mode, "archive") == 0;
}

int docker_recover(struct maps_instance *instance, struct maps_run *run, const struct maps_job *job,
                   const char *handle)
{
    JOB_RUN_AUTO job_run = { .instance = instance, .run = run, .job = job };
    struct container_state state;
    struct fault fault = { "" };

    read_handle(&job_run, handle);
    int rc = prepare(&job_run, &fault);

    if (rc == 0 && !job_run.archive)
        rc = docker_host->log_file(run);
    if (rc == 0)
        rc = launch_resolve(&job_run, &state, &fault);
    if (rc == LAUNCH_STARTED) {
        memcpy(job_run.container, state.id, sizeof(job_run.container));
        rc = see_to_its_end(&job_run, state.started_ms, &fault);
    }
    return answer(rc, &fault);
}

int docker_list_owned(struct maps_instance *instance, maps_owned_fn found, void *context)
{
    struct fault fault = { "" };
    int rc = container_list(instance->engine, instance->owner, found, context, &fault);

    if (rc == 0)
        return 0;
    docker_host->set_error("%s", fault.text);
    return rc < 0 ? rc : -EPROTO;
}

int docker_cleanup(struct maps_instance *instance, const struct maps_job *job, const char *handle)
{
    struct job_run named = { .job = job };
    struct container_state state;
    struct fault fault = { "" };
    int rc = CONTAINER_DONE;

    read_handle(&named, handle);
    if (handle[0] == '\0') { /* by its name alone it could be anybody's */
        rc = container_inspect(instance->engine, named.container, instance->owner, &state, &fault);
        if (rc == CONTAINER_DONE && (!state.ours || strcmp(state.job_id, job->job_id) != 0))
            return 0;
    }
    if (rc == CONTAINER_DONE)
        rc = container_remove(instance->engine, named.container, true, &fault);
    if (rc == CONTAINER_DONE || rc == CONTAINER_ABSENT)
        return 0;
    docker_host->set_error("%s", fault.text);
    return rc < 0 ? rc : -EPROTO;
}
