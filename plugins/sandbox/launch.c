/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include "files.h"
#include "order.h"
#include "program.h"

#include "../common/init_spec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SUPERVISOR_STDERR_FILE "supervisor.stderr"

enum {
    READY_TIMEOUT_MS = 30000,
    /* One file may be this much larger than all the output may be: the host's guard, which
     * sees the sum and says output_limit, is to be the first to notice. */
    FILE_SLACK_BYTES = 1 << 30
};

/* From Linux 5.14 on RLIMIT_NPROC counts per user namespace, that is per job; before, all
 * jobs of one uid would share it. */
static bool nproc_is_per_job(void)
{
    struct utsname name;
    unsigned major = 0, minor = 0;

    if (uname(&name) != 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
        return false;
    return major > 5 || (major == 5 && minor >= 14);
}

static char *build_spec(const struct maps_instance *instance, const struct maps_job *job,
                        size_t *length)
{
    bool pids_enforced = (sandbox_limits_enforced(instance) & MAPS_LIMIT_PIDS) != 0;
    struct init_spec_options options = {
        .job = job,
        .timeout_ms = job->timeout_ms,
        .nproc = !pids_enforced && nproc_is_per_job() ? job->limits->pids : 0,
        .nofile = instance->open_files,
        .fsize = job->limits->disk_bytes > 0 ? job->limits->disk_bytes + FILE_SLACK_BYTES : 0,
        .passthrough = false,
        .path_variable = instance->search_path,
    };

    return init_spec_build(&options, length);
}

static char *build_order(const struct maps_instance *instance, const struct maps_job *job,
                         size_t *length)
{
#define BORROW(text) ((char *)(text))
    struct order order = {
        .attempt = job->attempt,
        .uid = job->runner_uid,
        .gid = job->runner_gid,
        .drop_privileges = instance->root,
        .host_network = strcmp(job->network, "host") == 0,
        .timeout_ms = job->timeout_ms,
        .tmp_bytes = instance->tmp_bytes,
        .shm_bytes = instance->shm_bytes,
        .object_name = BORROW(job->object_name),
        .bwrap = instance->bwrap,
        .init = instance->init,
        .script = BORROW(job->script_file),
        .script_name = BORROW(job->profile->script_name),
        .request = BORROW(job->request_file),
        .input = BORROW(job->input_dir),
        .output = BORROW(job->output_dir),
        .control = BORROW(job->control_dir),
        .readonly_paths = instance->readonly_paths,
        .limits = *job->limits,
    };
#undef BORROW
    char *text = NULL;

    if (cgroup_job_name(&instance->cgroups, job->owner, job->job_id, job->attempt, &order.cgroup) ==
        0)
        text = order_format(&order, length);
    cgroup_job_clear(&order.cgroup);
    return text;
}

int launch_write(const struct maps_instance *instance, const struct maps_job *job, int runtime_fd,
                 struct fault *fault)
{
    size_t spec_length = 0, order_length = 0;
    TEXT_AUTO spec = build_spec(instance, job, &spec_length);
    TEXT_AUTO order = build_order(instance, job, &order_length);
    int rc;

    if (spec == NULL || order == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    rc = file_replace_at(runtime_fd, SPEC_FILE, spec, spec_length, false);
    if (rc == 0)
        rc = file_replace_at(runtime_fd, ORDER_FILE, order, order_length, false);
    return rc == 0 ? 0
                   : fault_set(fault, -rc, "the job's runtime folder %s cannot be written: %s",
                               job->runtime_dir, strerror(-rc));
}

static int spawn_supervisor(const struct maps_instance *instance, const struct maps_job *job,
                            int runtime_fd, int socket, struct fault *fault)
{
    const char *const argv[] = { instance->supervisor, "run", job->runtime_dir, NULL };
    FD_AUTO stderr_fd = openat(runtime_fd, SUPERVISOR_STDERR_FILE,
                               O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    const struct program_fds fds = { -1, -1, stderr_fd, socket };
    pid_t pid;
    int rc = program_spawn(argv, &fds, &pid);

    if (rc != 0)
        return fault_set(fault, -rc, "%s cannot be started: %s", instance->supervisor,
                         strerror(-rc));
    /* This one only forks the supervisor proper. */
    rc = program_wait(pid);
    return rc == 0 ? 0
                   : fault_set(fault, EIO, "%s ended early (status %d)", instance->supervisor, rc);
}

static int await_ready(int socket, struct fault *fault)
{
    struct pollfd poll_fd = { .fd = socket, .events = POLLIN };
    char message[512];
    ssize_t length;
    int rc;

    do
        rc = poll(&poll_fd, 1, READY_TIMEOUT_MS);
    while (rc < 0 && errno == EINTR);
    if (rc <= 0)
        return fault_set(fault, ETIMEDOUT,
                         "the supervisor was not ready in time: the machine is "
                         "overloaded");
    length = recv(socket, message, sizeof(message) - 1, 0);
    if (length < 1)
        return fault_set(fault, EIO, "the supervisor died while it prepared the job");
    message[length] = '\0';
    if (message[0] == ORDER_READY)
        return 0;
    return fault_set(fault, EIO, "%s", message + 1);
}

void launch_call_off(int socket)
{
    struct pollfd poll_fd = { .fd = socket, .events = POLLIN };
    char message[512];

    shutdown(socket, SHUT_WR);
    /* The end of the supervisor closes its side. */
    while (poll(&poll_fd, 1, READY_TIMEOUT_MS) != 0) {
        if (recv(socket, message, sizeof(message), 0) <= 0)
            return;
    }
}

int launch_supervisor(const struct maps_instance *instance, const struct maps_job *job,
                      int runtime_fd, struct fault *fault)
{
    FD_AUTO ours = -1;
    int pair[2], rc;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return fault_errno(fault, "a socket for the supervisor cannot be made");
    ours = pair[0];
    rc = spawn_supervisor(instance, job, runtime_fd, pair[1], fault);
    close(pair[1]);
    if (rc == 0)
        rc = await_ready(ours, fault);
    if (rc != 0) {
        launch_call_off(ours);
        return rc;
    }
    rc = ours;
    ours = -1;
    return rc;
}

int launch_go(int socket, struct fault *fault)
{
    const char go = ORDER_GO;

    if (send(socket, &go, 1, MSG_NOSIGNAL) == 1)
        return 0;
    return fault_errno(fault, "the supervisor died before the start");
}
