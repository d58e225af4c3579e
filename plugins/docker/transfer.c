/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer.h"

#include "files.h"
#include "init_log.h"
#include "tarball.h"

#include "../../runner_image/maps-init/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    UPLOAD_MS = 600000,
    COLLECT_MS = 600000,
    MAX_ENTRIES = 1000000,
    CONTROL_SLACK_BYTES = 1 << 20,
    CONTROL_ENTRIES = 64
};

static void tarball_cleanup(struct tarball **tarball)
{
    tarball_free(*tarball);
}
#define TARBALL_AUTO __attribute__((cleanup(tarball_cleanup))) struct tarball

static void untar_cleanup(struct untar **untar)
{
    untar_free(*untar);
}
#define UNTAR_AUTO __attribute__((cleanup(untar_cleanup))) struct untar

/* ---- there ---- */

static int send(const struct job_run *run, const char *folder, struct tarball *tarball,
                struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    TEXT_AUTO path = text_format("/containers/%s/archive?path=%s", run->container, folder);
    const struct engine_request request = { .method = "PUT",
                                            .path = path,
                                            .timeout_ms = UPLOAD_MS,
                                            .read_body = tarball_read,
                                            .context = tarball };

    if (path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = engine_call(run->instance->engine, &request, &reply, fault);

    if (rc == 0 && reply.status != 200)
        rc = fault_set(fault, EPROTO, "%s does not take the job's files: %s",
                       engine_name(run->instance->engine), reply.message);
    return rc;
}

/* What the script sees: all of it is root's, and read-only by that, but for output/. */
static int fill_job(const struct maps_job *job, struct tarball *tarball, struct fault *fault)
{
    int rc =
        tarball_add_file(tarball, job->profile->script_name, 0644, 0, 0, job->script_file, fault);

    if (rc == 0)
        rc = tarball_add_file(tarball, "request.json", 0644, 0, 0, job->request_file, fault);
    if (rc == 0)
        rc = tarball_add_folder(tarball, "input", 0755, 0, 0, fault);
    if (rc == 0)
        rc = tarball_add_tree(tarball, "input", job->input_dir, fault);
    if (rc == 0)
        rc = tarball_add_folder(tarball, "output", 0700, job->runner_uid, job->runner_gid, fault);
    return rc;
}

static int fill_maps(const struct job_run *run, struct tarball *tarball, struct fault *fault)
{
    const struct maps_job *job = run->job;
    TEXT_AUTO spec = text_format("%s/spec", job->runtime_dir);

    if (spec == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = tarball_add_file(tarball, "maps-init", 0755, 0, 0, run->instance->init_path, fault);

    if (rc == 0)
        rc = tarball_add_file(tarball, "spec", 0644, 0, 0, spec, fault);
    if (rc == 0)
        rc = tarball_add_folder(tarball, "control", 0700, job->runner_uid, job->runner_gid, fault);
    return rc;
}

int transfer_upload(struct job_run *run, struct fault *fault)
{
    TARBALL_AUTO *job = tarball_new();
    TARBALL_AUTO *maps = tarball_new();

    if (job == NULL || maps == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = fill_job(run->job, job, fault);

    if (rc == 0)
        rc = fill_maps(run, maps, fault);
    if (rc == 0)
        rc = send(run, "/job", job, fault);
    return rc == 0 ? send(run, "/maps", maps, fault) : rc;
}

/* ---- and back ---- */

static int receive(const struct job_run *run, const char *what, const char *strip,
                   const char *folder, const struct tarball_limits *limits, struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    FD_AUTO dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    UNTAR_AUTO *untar = dir_fd < 0 ? NULL : untar_new(dir_fd, strip, limits);
    TEXT_AUTO path = text_format("/containers/%s/archive?path=%s", run->container, what);
    const struct engine_request request = { .method = "GET",
                                            .path = path,
                                            .timeout_ms = COLLECT_MS,
                                            .take_body = untar_write,
                                            .context = untar };

    if (dir_fd < 0)
        return fault_errno(fault, "the job's folder %s cannot be opened", folder);
    if (untar == NULL || path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = engine_call(run->instance->engine, &request, &reply, fault);

    if (rc != 0 || reply.status == 404) /* nothing of that name was left */
        return rc;
    if (reply.status != 200)
        return fault_set(fault, EPROTO, "%s does not give %s: %s",
                         engine_name(run->instance->engine), what, reply.message);
    return untar_finish(untar, fault);
}

char *transfer_collected(const struct maps_job *job)
{
    return text_format("%s/collected", job->runtime_dir);
}

static int take_log(void *context, int stream, uint64_t offset, const void *bytes, size_t length)
{
    struct job_run *run = context;

    return docker_host->emit(run->run, stream, offset, bytes, length);
}

/* The engine's log was for those who watched; this one is whole. */
static int collect_log(struct job_run *run, const char *folder, bool *truncated,
                       struct fault *fault)
{
    TEXT_AUTO path = text_format("%s/" MAPS_INIT_LOG, folder);

    if (path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = init_log_replay(path, take_log, run);

    (void)unlink(path);
    if (rc == -EBADMSG)
        *truncated = true;
    return rc == 0 || rc == -EDQUOT || rc == -ENOENT || rc == -EBADMSG
               ? 0
               : fault_set(fault, -rc, "the job's log cannot be kept: %s", strerror(-rc));
}

static int collect_control(struct job_run *run, bool *truncated, struct fault *fault)
{
    uint64_t output = run->job->limits->output_bytes;
    /* A frame of one byte has a header of sixteen. */
    const struct tarball_limits limits = {
        .bytes = output == 0 ? 0 : output * (1 + sizeof(struct maps_frame)) + CONTROL_SLACK_BYTES,
        .entries = CONTROL_ENTRIES,
    };
    TEXT_AUTO folder = transfer_collected(run->job);

    if (folder == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fault_errno(fault, "the folder %s cannot be made", folder);
    int rc = receive(run, INSIDE_CONTROL, "control", folder, &limits, fault);

    return rc == 0 ? collect_log(run, folder, truncated, fault) : rc;
}

int transfer_collect(struct job_run *run, bool *logs_truncated, struct fault *fault)
{
    const struct tarball_limits outputs = { .bytes = run->job->limits->disk_bytes,
                                            .entries = MAX_ENTRIES };
    int rc = collect_control(run, logs_truncated, fault);

    return rc == 0 ? receive(run, "/job/output", "output", run->job->output_dir, &outputs, fault)
                   : rc;
}
