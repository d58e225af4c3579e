/* SPDX-License-Identifier: Apache-2.0 */
#include "leftovers.h"

#include "files.h"
#include "identity.h"
#include "order.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { END_TIMEOUT_MS = 10000, LOCK_POLL_MS = 20 };

/* Nobody at work: also a supervisor that has not recorded itself yet holds the lock. */
static int await_lock(int runtime_fd, struct fault *fault)
{
    FD_AUTO fd = openat(runtime_fd, LOCK_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    long long deadline = boottime_ms() + END_TIMEOUT_MS;

    if (fd < 0)
        return 0;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (boottime_ms() >= deadline)
            return fault_set(fault, EBUSY, "a supervisor is still at work on this job");
        pause_ms(LOCK_POLL_MS);
    }
    return 0;
}

static int end_process(int runtime_fd, const char *name, uint32_t attempt, int signal,
                       struct fault *fault)
{
    FD_AUTO pidfd = identity_open(runtime_fd, name, attempt);

    if (pidfd < 0)
        return pidfd == -ESRCH || pidfd == -ENOENT
                   ? 0
                   : fault_set(fault, -pidfd, "the process recorded as %s cannot be examined: %s",
                               name, strerror(-pidfd));
    pidfd_kill(pidfd, signal);
    if (pidfd_wait(pidfd, END_TIMEOUT_MS))
        return 0;
    return fault_set(fault, ETIMEDOUT, "the process recorded as %s does not end", name);
}

int leftovers_end_supervisor(const struct maps_job *job, int runtime_fd, struct fault *fault)
{
    /* Asked first, it tidies up by itself; killed, it takes the job with it all the same. */
    if (end_process(runtime_fd, IDENTITY_SUPERVISOR, job->attempt, SIGTERM, fault) == 0)
        return 0;
    return end_process(runtime_fd, IDENTITY_SUPERVISOR, job->attempt, SIGKILL, fault);
}

/* The order knows where the groups were made, even if the settings have changed since. */
static int name_cgroups(const struct maps_instance *instance, const struct maps_job *job,
                        int runtime_fd, struct cgroup_job *cgroup)
{
    ORDER_AUTO order = { 0 };
    struct fault ignored;

    if (runtime_fd >= 0 && order_read_at(runtime_fd, &order, &ignored) == 0 &&
        order.attempt == job->attempt) {
        *cgroup = order.cgroup;
        memset(&order.cgroup, 0, sizeof(order.cgroup));
        return 0;
    }
    return cgroup_job_name(&instance->cgroups, job->owner, job->job_id, job->attempt, cgroup);
}

static int remove_cgroups(const struct cgroup_job *cgroup, uint64_t *oom_kills, struct fault *fault)
{
    int rc = cgroup_job_kill(cgroup, END_TIMEOUT_MS);

    if (rc != 0)
        return fault_set(fault, -rc, "processes in the job's control group do not end");
    *oom_kills = cgroup_job_oom_kills(cgroup);
    rc = cgroup_job_remove(cgroup);
    return rc == 0 ? 0
                   : fault_set(fault, -rc, "the job's control group cannot be removed: %s",
                               strerror(-rc));
}

int leftovers_remove(const struct maps_instance *instance, const struct maps_job *job,
                     int runtime_fd, uint64_t *oom_kills, struct fault *fault)
{
    struct cgroup_job cgroup __attribute__((cleanup(cgroup_job_clear))) = { 0 };
    int rc = 0;

    *oom_kills = 0;
    if (runtime_fd >= 0) {
        rc = await_lock(runtime_fd, fault);
        if (rc == 0)
            rc = end_process(runtime_fd, IDENTITY_INIT, job->attempt, SIGKILL, fault);
    }
    if (rc == 0 && name_cgroups(instance, job, runtime_fd, &cgroup) != 0)
        rc = fault_set(fault, ENOMEM, "out of memory");
    return rc == 0 ? remove_cgroups(&cgroup, oom_kills, fault) : rc;
}
