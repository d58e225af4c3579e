/* SPDX-License-Identifier: Apache-2.0 */
#include "job_files.h"

#include "files.h"
#include "init_spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* An engine's default, where an image does not say. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum {
    GUARD_SLACK_BYTES = 1 << 30 /* the output guard, which sees the sum, is to strike first */
};

static const char hosts[] = "127.0.0.1\tlocalhost runner\n"
                            "::1\tlocalhost ip6-localhost ip6-loopback\n";
static const char *const writable[] = { "/job/output", "/tmp", "/dev/shm", NULL };

static char *build_spec(const struct maps_instance *instance, const struct maps_job *job,
                        const char *const *image_env, bool shared, size_t *length)
{
    const struct init_spec_options options = {
        .job = job,
        .timeout_ms = job->timeout_ms,
        .nofile = instance->settings.open_files,
        .fsize = job->limits->disk_bytes > 0 ? job->limits->disk_bytes + GUARD_SLACK_BYTES : 0,
        .passthrough = true,
        .path_variable = DEFAULT_PATH,
        .base_env = image_env,
        .writable = writable,
        .disk_bytes = shared ? 0 : job->limits->disk_bytes, /* the host's guard cannot look */
    };

    return init_spec_build(&options, length);
}

/* The runner reads it, whoever made it and whatever the umask. */
static int write_readable(int dir_fd, const char *name, const char *bytes, size_t length,
                          struct fault *fault)
{
    int rc = file_replace_at(dir_fd, name, bytes, length, false);

    if (rc == 0 && fchmodat(dir_fd, name, 0644, 0) != 0)
        rc = -errno;
    return rc == 0 ? 0
                   : fault_set(fault, -rc, "the job's file %s cannot be written: %s", name,
                               strerror(-rc));
}

int job_files_write(const struct maps_instance *instance, const struct maps_job *job,
                    const char *const *image_env, bool shared, struct fault *fault)
{
    FD_AUTO dir_fd = open(job->runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t length;
    TEXT_AUTO spec = build_spec(instance, job, image_env, shared, &length);

    if (spec == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    if (dir_fd < 0)
        return fault_errno(fault, "the job's runtime folder %s cannot be opened", job->runtime_dir);
    int rc = write_readable(dir_fd, "spec", spec, length, fault);

    if (rc == 0 && shared && strcmp(job->network, "none") == 0)
        rc = write_readable(dir_fd, "hosts", hosts, sizeof(hosts) - 1, fault);
    return rc;
}

/* ---- mounts ---- */

static int map(const struct maps_instance *instance, const char *path, char **there,
               struct fault *fault)
{
    *there = path_map_find(&instance->paths, path);
    if (*there != NULL)
        return 0;
    return errno == ENOENT
               ? fault_set(fault, ENOENT,
                           "the engine cannot see %s: mount a folder of its machine there, or "
                           "put data_dir below docker.project_mount",
                           path)
               : fault_set(fault, ENOMEM, "out of memory");
}

static int map_below(const struct maps_instance *instance, const char *folder, const char *name,
                     char **there, struct fault *fault)
{
    TEXT_AUTO path = text_format("%s/%s", folder, name);

    return path == NULL ? fault_set(fault, ENOMEM, "out of memory")
                        : map(instance, path, there, fault);
}

static int copy_program(const char *from, const char *to, struct fault *fault)
{
    FD_AUTO source = open(from, O_RDONLY | O_CLOEXEC);
    FD_AUTO target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0755);
    struct stat st;

    if (source < 0 || target < 0 || fstat(source, &st) != 0)
        return fault_errno(fault, "%s cannot be copied to %s", from, to);
    for (off_t left = st.st_size; left > 0;) {
        ssize_t n = sendfile(target, source, NULL, (size_t)left);

        if (n <= 0)
            return fault_errno(fault, "%s cannot be copied to %s", from, to);
        left -= n;
    }
    return fchmod(target, 0755) == 0 ? 0 : fault_errno(fault, "%s cannot be made executable", to);
}

/* In a container of our own, our programs are not on the engine's machine: a copy is. */
static int map_init(const struct maps_instance *instance, const struct maps_job *job, char **there,
                    struct fault *fault)
{
    *there = path_map_find(&instance->paths, instance->init_path);
    if (*there != NULL)
        return 0;
    TEXT_AUTO copy = text_format("%s/maps-init", job->runtime_dir);

    if (copy == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = copy_program(instance->init_path, copy, fault);

    return rc == 0 ? map(instance, copy, there, fault) : rc;
}

int job_files_map(const struct maps_instance *instance, const struct maps_job *job,
                  struct job_paths *paths, struct fault *fault)
{
    const struct {
        const char *path;
        char **there;
    } wanted[] = {
        { job->control_dir, &paths->control },  { job->script_file, &paths->script },
        { job->request_file, &paths->request }, { job->input_dir, &paths->input },
        { job->output_dir, &paths->output },
    };
    int rc = map_below(instance, job->runtime_dir, "spec", &paths->spec, fault);

    if (rc == 0 && strcmp(job->network, "none") == 0)
        rc = map_below(instance, job->runtime_dir, "hosts", &paths->hosts, fault);
    for (size_t i = 0; rc == 0 && i < sizeof(wanted) / sizeof(wanted[0]); i++)
        rc = map(instance, wanted[i].path, wanted[i].there, fault);
    if (rc == 0)
        rc = map_init(instance, job, &paths->init, fault);
    paths->files = (struct container_files){ .init = paths->init,
                                             .spec = paths->spec,
                                             .control = paths->control,
                                             .script = paths->script,
                                             .request = paths->request,
                                             .input = paths->input,
                                             .output = paths->output,
                                             .hosts = paths->hosts };
    return rc;
}

void job_paths_clear(struct job_paths *paths)
{
    free(paths->init);
    free(paths->spec);
    free(paths->control);
    free(paths->script);
    free(paths->request);
    free(paths->input);
    free(paths->output);
    free(paths->hosts);
    *paths = (struct job_paths){ 0 };
}

int job_files_shift(const struct maps_job *job, const struct sharing *sharing, struct fault *fault)
{
    uid_t uid = job->runner_uid + sharing->uid_shift;
    gid_t gid = job->runner_gid + sharing->gid_shift;

    if (sharing->uid_shift == 0 && sharing->gid_shift == 0)
        return 0;
    if (lchown(job->control_dir, uid, gid) != 0 || lchown(job->output_dir, uid, gid) != 0)
        return fault_errno(fault, "the job's folders cannot be given to uid %u", (unsigned)uid);
    return 0;
}
