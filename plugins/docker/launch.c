/* SPDX-License-Identifier: Apache-2.0 */
/* From a job to a started container. */
#include "files.h"
#include "image.h"
#include "job_files.h"
#include "job_run.h"
#include "refusal.h"
#include "sharing.h"
#include "transfer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME_TRIES = 5 };

static int reported(int rc)
{
    return rc == 0 ? LAUNCH_REPORTED : rc;
}

static int reject(struct job_run *run, const char *why)
{
    return reported(report_reason(run->run, MAPS_REASON_REJECTED, why));
}

static bool refused(const struct job_run *run, struct fault *reason)
{
    struct engine_facts facts = docker_facts(run->instance);
    const struct refusal_rules rules = {
        .runtime = "docker",
        .limits_advice = "give the engine that control group controller (docker info warns of "
                         "what it lacks)",
        .limits_kept = facts.limits_kept,
        .any_network = true,
        .allow_host_network = run->instance->allow_host_network,
        .root = true,
    };

    return job_refused(run->job, &rules, reason);
}

/* ---- the image ---- */

static int have_image(struct job_run *run, struct image *image, struct fault *fault)
{
    int rc =
        image_ensure(run->instance, run->run, run->job->profile->image, run->waker, image, fault);

    if (rc == IMAGE_UNAVAILABLE)
        return reported(report_reason(run->run, MAPS_REASON_IMAGE_UNAVAILABLE, fault->text));
    if (rc == -EINTR && docker_host->is_cancelled(run->run))
        return reported(report_reason(run->run, MAPS_REASON_CANCELLED, NULL));
    return rc;
}

/* ---- a container of that name ---- */

enum creation {
    CREATED = 0,
    CREATION_FOUND,    /* there is one of this job that has been started: a former host lost track
                          of it, and it is followed */
    CREATION_REPORTED, /* finish() has been called */
    NAME_IS_FREE       /* now: try again */
};

static int creation_reported(int rc)
{
    return rc == 0 ? CREATION_REPORTED : rc;
}

static int reject_creation(struct job_run *run, const char *why)
{
    return creation_reported(report_reason(run->run, MAPS_REASON_REJECTED, why));
}

static int reject_stranger(struct job_run *run)
{
    char text[300];

    (void)snprintf(text, sizeof(text),
                   "The engine has a container named %s that is not of this job: remove or rename "
                   "it, or choose another job_id.",
                   run->job->object_name);
    return reject_creation(run, text);
}

/* One of ours that was never started holds nothing, and is removed.  Without force: if it is
 * being started this moment, it stays, and the next look finds it started. */
static int remove_unstarted(const struct job_run *run, const char *id, struct fault *fault)
{
    int rc = container_remove(run->instance->engine, id, false, fault);

    if (rc == CONTAINER_DONE || rc == CONTAINER_ABSENT || rc == CONTAINER_CONFLICT)
        return NAME_IS_FREE;
    return rc < 0 ? rc : -EPROTO;
}

static int meet_namesake(struct job_run *run, struct fault *fault)
{
    struct container_state state;
    int rc = container_inspect(run->instance->engine, run->job->object_name, run->instance->owner,
                               &state, fault);

    if (rc == CONTAINER_ABSENT)
        return NAME_IS_FREE;
    if (rc != CONTAINER_DONE)
        return rc < 0 ? rc : -EPROTO;
    if (!state.ours || strcmp(state.job_id, run->job->job_id) != 0)
        return reject_stranger(run);
    if (!state.started)
        return remove_unstarted(run, state.id, fault);
    memcpy(run->container, state.id, sizeof(run->container));
    return CREATION_FOUND;
}

static int create_once(struct job_run *run, const cJSON *spec, struct fault *fault)
{
    int rc =
        container_create(run->instance->engine, run->job->object_name, spec, run->container, fault);

    switch (rc) {
    case CONTAINER_DONE:
        return CREATED;
    case CONTAINER_NAME_TAKEN:
        return meet_namesake(run, fault);
    case CONTAINER_NO_IMAGE:
        return creation_reported(
            report_reason(run->run, MAPS_REASON_IMAGE_UNAVAILABLE, fault->text));
    case CONTAINER_REFUSED:
        return reject_creation(run, fault->text);
    default:
        return rc < 0 ? rc : -EPROTO;
    }
}

/* An enum creation but NAME_IS_FREE, or a negative errno. */
static int create(struct job_run *run, const cJSON *spec, struct fault *fault)
{
    for (int i = 0; i < NAME_TRIES; i++) {
        int rc = create_once(run, spec, fault);

        if (rc != NAME_IS_FREE)
            return rc;
    }
    return fault_set(fault, EBUSY, "the name %s is taken again and again", run->job->object_name);
}

/* ---- the whole ---- */

static int create_with_files(struct job_run *run, const struct sharing *sharing,
                             const struct image *image, struct fault *fault)
{
    __attribute__((cleanup(job_paths_clear))) struct job_paths paths = { 0 };
    struct engine_facts facts = docker_facts(run->instance);
    struct container_plan plan = { .job = run->job,
                                   .settings = &run->instance->settings,
                                   .limits_kept = facts.limits_kept,
                                   .cpus_millis_max = facts.cpus_millis,
                                   .podman = facts.version.podman };
    int rc = job_files_write(run->instance, run->job, (const char *const *)image->env,
                             !run->archive, fault);

    if (rc == 0 && !run->archive) {
        rc = job_files_map(run->instance, run->job, &paths, fault);
        plan.files = &paths.files;
    }
    if (rc == 0 && !run->archive)
        rc = job_files_shift(run->job, sharing, fault);
    if (rc != 0)
        return rc;
    cJSON *spec = container_spec(&plan);

    rc = spec == NULL ? fault_set(fault, ENOMEM, "out of memory") : create(run, spec, fault);
    cJSON_Delete(spec);
    if (rc == CREATED && run->archive)
        rc = transfer_upload(run, fault);
    return rc;
}

static int announce(struct job_run *run, struct fault *fault)
{
    char handle[100];

    (void)snprintf(handle, sizeof(handle), "%s %s", run->container,
                   run->archive ? "archive" : "shared");
    int rc = docker_host->set_handle(run->run, handle);

    if (rc == 0)
        rc = docker_host->phase(run->run, MAPS_PHASE_START_ATTEMPTED);
    return rc == 0 ? 0 : fault_set(fault, -rc, "the host does not go on");
}

/* The engine refused to start it; if it says that nothing ran, nothing will. */
static int start_refused(struct job_run *run, bool for_good, struct fault *fault)
{
    struct container_state state;
    struct fault refusal = *fault;
    int rc = launch_resolve(run, &state, fault);

    if (rc == LAUNCH_NOT_STARTED) {
        *fault = refusal;
        return for_good ? reject(run, refusal.text) : LAUNCH_NOT_STARTED;
    }
    return rc;
}

static int start(struct job_run *run, struct fault *fault)
{
    struct container_state state;
    int rc = announce(run, fault);

    if (rc != 0)
        return rc;
    rc = container_start(run->instance->engine, run->container, fault);
    if (rc == CONTAINER_DONE)
        return LAUNCH_STARTED;
    if (rc > 0 || rc == -EPROTO)
        return start_refused(run, rc == CONTAINER_REFUSED || rc == CONTAINER_ABSENT, fault);
    return launch_resolve(run, &state, fault);
}

int launch_resolve(struct job_run *run, struct container_state *state, struct fault *fault)
{
    struct engine *engine = run->instance->engine;

    for (int i = 0; i < NAME_TRIES; i++) {
        struct fault unheard;
        int rc = container_inspect(engine, run->container, run->instance->owner, state, fault);

        if (rc == CONTAINER_ABSENT || (rc == CONTAINER_DONE && !state->ours))
            return -ESRCH;
        if (rc != CONTAINER_DONE)
            return rc < 0 ? rc : -EPROTO;
        if (state->started)
            return LAUNCH_STARTED;
        /* Without force: a container that is being started meanwhile refuses to go, and one
         * that is gone can never be started. */
        rc = container_remove(engine, run->container, false, &unheard);
        if (rc == CONTAINER_DONE || rc == CONTAINER_ABSENT) {
            fault_set(fault, 0, "The container was never started%s%s",
                      state->error[0] != '\0' ? ": " : ".", state->error);
            return LAUNCH_NOT_STARTED;
        }
        if (rc < 0 && rc != -EPROTO)
            return rc;
    }
    return fault_set(fault, EBUSY, "the container can neither be started nor removed");
}

int launch(struct job_run *run, struct fault *fault)
{
    __attribute__((cleanup(image_clear))) struct image image = { 0 };
    struct sharing sharing;

    if (refused(run, fault))
        return reject(run, fault->text);
    int rc = have_image(run, &image, fault);

    if (rc != 0)
        return rc;
    rc = sharing_settle(run->instance, run->job, &sharing, fault);
    if (rc == -ENOTSUP)
        return reject(run, fault->text);
    if (rc != 0)
        return rc;
    run->archive = sharing.mode == FILES_ARCHIVE;
    if (!run->archive)
        rc = docker_host->log_file(run->run);
    if (rc == 0)
        rc = create_with_files(run, &sharing, &image, fault);
    if (rc == CREATION_REPORTED)
        return LAUNCH_REPORTED;
    if (rc == CREATION_FOUND)
        rc = announce(run, fault);
    else if (rc == 0)
        rc = start(run, fault);
    return rc;
}
