/* SPDX-License-Identifier: Apache-2.0 */
#include "sharing.h"

#include "container.h"
#include "files.h"
#include "job_files.h"

#include "../../runner_image/maps-init/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIAL_MS = 20000 };

/* The trial's container has one name for the whole life of this host's data folder, so that what
 * a killed host left is found by its next start.  Hence one trial at a time, whichever instance
 * asks. */
static pthread_mutex_t trial_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- where we are ---- */

/* Adds the mounts of the container that we run in, as the engine knows it. */
static int add_own_mounts(struct maps_instance *instance, const char *id, struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    TEXT_AUTO path = text_format("/containers/%s/json", id);
    const struct engine_request request = { .method = "GET", .path = path };
    const cJSON *mount;

    if (path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = engine_call(instance->engine, &request, &reply, fault);

    if (rc != 0 || reply.status != 200) /* another engine's container: this one knows nothing */
        return rc;
    instance->paths.whole = false;
    cJSON_ArrayForEach (mount, json_item(reply.json, "Mounts")) {
        const char *source = json_text(mount, "Source");
        const char *target = json_text(mount, "Destination");

        if (source[0] == '/' && target[0] == '/' && !path_map_add(&instance->paths, target, source))
            return fault_set(fault, ENOMEM, "out of memory");
    }
    return 0;
}

/* Whether we are in a container is not asked: it is only known for sure of one that the engine
 * itself knows.  Otherwise our paths are tried as they are, and the trial tells. */
static int find_paths(struct maps_instance *instance, struct fault *fault)
{
    TEXT_AUTO mountinfo = file_slurp("/proc/self/mountinfo");
    char id[65];

    path_map_clear(&instance->paths);
    instance->paths.whole = true;
    if (instance->project_dir[0] != '\0' &&
        !path_map_add(&instance->paths, instance->project_mount, instance->project_dir))
        return fault_set(fault, ENOMEM, "out of memory");
    if (mountinfo != NULL && own_container_id(mountinfo, id))
        return add_own_mounts(instance, id, fault);
    return 0;
}

/* ---- the trial ---- */

struct trial {
    char dir[4096];
    struct maps_job job;
    struct maps_profile profile;
    struct maps_limits limits;
};

static const char *const trial_command[] = { INSIDE_INIT, NULL };
static const char *const nothing[] = { NULL };

static char *trial_name(const struct maps_instance *instance)
{
    return text_format("runner-trial-%s", instance->owner);
}

void sharing_sweep(struct maps_instance *instance)
{
    if (pthread_mutex_trylock(&trial_lock) != 0)
        return; /* what is there now is in use, and its user removes it */
    TEXT_AUTO name = trial_name(instance);
    struct fault fault;

    if (name != NULL && container_remove(instance->engine, name, true, &fault) < 0)
        docker_host->log(NULL, MAPS_LOG_WARNING, "a former trial container may be left: %s",
                         fault.text);
    pthread_mutex_unlock(&trial_lock);
}

/* A job of maps-init's own: it leaves its marker and record, whatever becomes of its "script". */
static int make_trial(struct trial *trial, const struct maps_job *job, struct fault *fault)
{
    if (snprintf(trial->dir, sizeof(trial->dir), "%s/trial", job->runtime_dir) >=
        (int)sizeof(trial->dir))
        return fault_set(fault, ENAMETOOLONG, "the path of the data folder is too long");
    if (mkdir(trial->dir, 0700) != 0 && errno != EEXIST)
        return fault_errno(fault, "the folder %s cannot be made", trial->dir);
    if (chmod(trial->dir, 0777) != 0) /* whoever the container is as we see it */
        return fault_errno(fault, "the folder %s cannot be opened to all", trial->dir);
    trial->limits = (struct maps_limits){ .size = sizeof(trial->limits) };
    trial->profile = *job->profile;
    trial->profile.command = trial_command;
    trial->job = *job;
    trial->job.profile = &trial->profile;
    trial->job.limits = &trial->limits;
    trial->job.limits_required = 0;
    trial->job.timeout_ms = TRIAL_MS;
    trial->job.args = nothing;
    trial->job.env = nothing;
    trial->job.control_dir = trial->dir;
    return 0;
}

static int run_trial(struct maps_instance *instance, const char *name, const cJSON *spec,
                     bool *refused, struct fault *fault)
{
    char id[72];
    int rc = container_remove(instance->engine, name, true, fault);

    if (rc >= 0)
        rc = container_create(instance->engine, name, spec, id, fault);
    *refused = rc == CONTAINER_REFUSED || rc == CONTAINER_ABSENT;
    if (rc == CONTAINER_DONE)
        rc = container_start(instance->engine, id, fault);
    *refused = *refused || rc == CONTAINER_REFUSED || rc == -EPROTO;
    if (rc == CONTAINER_DONE)
        rc = container_wait(instance->engine, id, TRIAL_MS, NULL, fault);
    struct fault unheard;

    if (*refused)
        docker_host->log(NULL, MAPS_LOG_INFO, "the trial of shared files failed: %s", fault->text);
    (void)container_remove(instance->engine, name, true, &unheard);
    return rc < 0 && !*refused ? rc : 0;
}

static void look(const struct trial *trial, struct sharing_finding *finding)
{
    TEXT_AUTO marker =
        text_format("%s/" MAPS_INIT_STARTED_PREFIX "%u", trial->dir, trial->job.attempt);
    struct stat st;

    *finding = (struct sharing_finding){ 0 };
    if (marker == NULL || lstat(marker, &st) != 0)
        return;
    *finding = (struct sharing_finding){ .visible = true, .uid = st.st_uid, .gid = st.st_gid };
}

static void remove_trial(const struct trial *trial)
{
    FD_AUTO fd = open(trial->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const char *const names[] = { MAPS_INIT_LOG, MAPS_INIT_EXIT, MAPS_INIT_EXIT_TMP };
    TEXT_AUTO marker = text_format(MAPS_INIT_STARTED_PREFIX "%u", trial->job.attempt);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unlinkat(fd, names[i], 0);
    if (marker != NULL)
        (void)unlinkat(fd, marker, 0);
    (void)rmdir(trial->dir);
}

static int try_sharing(struct maps_instance *instance, const struct maps_job *job,
                       struct sharing_finding *finding, struct fault *fault)
{
    __attribute__((cleanup(job_paths_clear))) struct job_paths paths = { 0 };
    TEXT_AUTO name = trial_name(instance);
    struct trial trial;
    bool refused = false;

    *finding = (struct sharing_finding){ 0 };
    if (name == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = make_trial(&trial, job, fault);
    if (rc != 0)
        return rc;
    rc = job_files_write(instance, &trial.job, NULL, true, fault);
    if (rc == 0)
        rc = job_files_map(instance, &trial.job, &paths, fault);
    if (rc == 0) {
        const struct container_plan plan = { .job = &trial.job,
                                             .settings = &instance->settings,
                                             .podman = docker_facts(instance).version.podman,
                                             .files = &paths.files };
        cJSON *spec = container_spec(&plan);

        rc = run_trial(instance, name, spec, &refused, fault);
        cJSON_Delete(spec);
        look(&trial, finding);
    } else if (rc == -ENOENT) {
        rc = 0; /* we cannot even name them: not visible */
    }
    remove_trial(&trial);
    return rc;
}

static void remember(struct maps_instance *instance, const struct sharing *sharing)
{
    pthread_mutex_lock(&instance->lock);
    instance->sharing = *sharing;
    pthread_mutex_unlock(&instance->lock);
    if (sharing->mode == FILES_ARCHIVE)
        docker_host->log(NULL, MAPS_LOG_INFO, "files travel to the engine and back by archive");
    else
        docker_host->log(NULL, MAPS_LOG_INFO,
                         "files are shared with the engine; its user ids are shifted by %u",
                         (unsigned)sharing->uid_shift);
}

static int settle(struct maps_instance *instance, const struct maps_job *job,
                  struct sharing *sharing, struct fault *fault)
{
    struct sharing_finding finding;
    int rc = 0;

    *sharing = docker_sharing(instance); /* another job may have come first */
    if (sharing->mode != FILES_AUTO)
        return 0;
    if (instance->files == FILES_ARCHIVE) {
        *sharing = (struct sharing){ .mode = FILES_ARCHIVE };
    } else {
        rc = find_paths(instance, fault);
        if (rc == 0)
            rc = try_sharing(instance, job, &finding, fault);
        if (rc == 0)
            rc = sharing_decide(instance, job, &finding, sharing, fault);
    }
    if (rc == 0)
        remember(instance, sharing);
    return rc;
}

int sharing_settle(struct maps_instance *instance, const struct maps_job *job,
                   struct sharing *sharing, struct fault *fault)
{
    *sharing = docker_sharing(instance);
    if (sharing->mode != FILES_AUTO)
        return 0;
    pthread_mutex_lock(&trial_lock);
    int rc = settle(instance, job, sharing, fault);

    pthread_mutex_unlock(&trial_lock);
    return rc;
}
