/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include "files.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CPU_PERIOD_US = 100000, CPU_QUOTA_MIN_US = 1000 };

int cgroup_job_name(const struct cgroup_layout *layout, const char *owner, const char *job_id,
                    uint32_t attempt, struct cgroup_job *job)
{
    int i;

    memset(job, 0, sizeof(*job));
    job->mode = layout->mode;
    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (layout->parent[i] == NULL)
            continue;
        job->dir[i] = text_format("%s/%s/%s-%" PRIu32, layout->parent[i], owner, job_id, attempt);
        if (job->dir[i] == NULL) {
            cgroup_job_clear(job);
            return -ENOMEM;
        }
    }
    return 0;
}

void cgroup_job_clear(struct cgroup_job *job)
{
    int i;

    for (i = 0; i < CGROUP_CONTROLLERS; i++)
        free(job->dir[i]);
    memset(job, 0, sizeof(*job));
}

/* On v2, and where v1 mounts controllers together, several controllers share a folder. */
static bool seen_before(const struct cgroup_job *job, int index)
{
    int i;

    for (i = 0; i < index; i++) {
        if (job->dir[i] != NULL && strcmp(job->dir[i], job->dir[index]) == 0)
            return true;
    }
    return false;
}

static bool first_of_folder(const struct cgroup_job *job, int index)
{
    return job->dir[index] != NULL && !seen_before(job, index);
}

static int set_in(const char *dir, const char *name, const char *value)
{
    TEXT_AUTO path = text_format("%s/%s", dir, name);

    return path != NULL ? file_write(path, value) : -ENOMEM;
}

static char *get_in(const char *dir, const char *name)
{
    TEXT_AUTO path = text_format("%s/%s", dir, name);

    return path != NULL ? file_slurp(path) : NULL;
}

/* v2: the owner's folder passes the controllers on to the jobs in it. */
static void pass_on_controllers(const char *owner_dir)
{
    int i;

    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        char word[16] = "+";

        set_in(owner_dir, "cgroup.subtree_control", strcat(word, cgroup_controller_names[i]));
    }
}

/* Makes the owner's folder and the job's in it.  Another job's end may just have removed the
 * owner's, hence the rounds; once the job's is there it stays, and can be given
 * controllers. */
static int make_folder(const char *dir, bool v2)
{
    TEXT_AUTO copy = strdup(dir);
    const char *owner_dir = copy != NULL ? dirname(copy) : NULL;
    int round, rc = -ENOMEM;

    for (round = 0; owner_dir != NULL && round < 20; round++) {
        if (mkdir(owner_dir, 0755) != 0 && errno != EEXIST)
            return -errno;
        rc = mkdir(dir, 0755) == 0 || errno == EEXIST ? 0 : -errno;
        if (rc == 0 && v2)
            pass_on_controllers(owner_dir);
        if (rc != -ENOENT)
            break;
    }
    return rc;
}

static int limit_memory(const struct cgroup_job *job, uint64_t bytes)
{
    const char *dir = job->dir[CGROUP_MEMORY];
    char text[24];
    int rc;

    snprintf(text, sizeof(text), "%" PRIu64, bytes);
    if (job->mode == CGROUP_V2) {
        rc = set_in(dir, "memory.max", text);
        if (rc != 0)
            return rc;
        rc = set_in(dir, "memory.swap.max", "0");
        /* Absent on kernels that do not account for swap; likewise below. */
        return rc == -ENOENT ? 0 : rc;
    }
    rc = set_in(dir, "memory.limit_in_bytes", text);
    if (rc != 0)
        return rc;
    rc = set_in(dir, "memory.memsw.limit_in_bytes", text);
    return rc == -ENOENT ? 0 : rc;
}

/* One more than asked for: bubblewrap's own process stays beside PID 1. */
static int limit_pids(const struct cgroup_job *job, uint64_t pids)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, pids + 1);
    return set_in(job->dir[CGROUP_PIDS], "pids.max", text);
}

static int limit_cpu(const struct cgroup_job *job, uint64_t cpu_millis)
{
    uint64_t quota_us = cpu_millis * (CPU_PERIOD_US / 1000);
    char text[48];
    int rc;

    if (quota_us < CPU_QUOTA_MIN_US)
        quota_us = CPU_QUOTA_MIN_US;
    if (job->mode == CGROUP_V2) {
        snprintf(text, sizeof(text), "%" PRIu64 " %d", quota_us, CPU_PERIOD_US);
        return set_in(job->dir[CGROUP_CPU], "cpu.max", text);
    }
    snprintf(text, sizeof(text), "%d", CPU_PERIOD_US);
    rc = set_in(job->dir[CGROUP_CPU], "cpu.cfs_period_us", text);
    snprintf(text, sizeof(text), "%" PRIu64, quota_us);
    return rc == 0 ? set_in(job->dir[CGROUP_CPU], "cpu.cfs_quota_us", text) : rc;
}

static int limit_all(const struct cgroup_job *job, const struct maps_limits *limits,
                     struct fault *fault)
{
    int rc = 0;

    if (job->dir[CGROUP_MEMORY] != NULL && limits->memory_bytes > 0)
        rc = limit_memory(job, limits->memory_bytes);
    if (rc != 0)
        return fault_set(fault, -rc, "the memory limit could not be set in %s: %s",
                         job->dir[CGROUP_MEMORY], strerror(-rc));
    if (job->dir[CGROUP_PIDS] != NULL && limits->pids > 0)
        rc = limit_pids(job, limits->pids);
    if (rc != 0)
        return fault_set(fault, -rc, "the limit of processes could not be set in %s: %s",
                         job->dir[CGROUP_PIDS], strerror(-rc));
    if (job->dir[CGROUP_CPU] != NULL && limits->cpu_millis > 0)
        rc = limit_cpu(job, limits->cpu_millis);
    if (rc != 0)
        return fault_set(fault, -rc, "the CPU limit could not be set in %s: %s",
                         job->dir[CGROUP_CPU], strerror(-rc));
    return 0;
}

int cgroup_job_create(const struct cgroup_job *job, const struct maps_limits *limits,
                      struct fault *fault)
{
    int i, rc = 0;

    for (i = 0; rc == 0 && i < CGROUP_CONTROLLERS; i++) {
        if (!first_of_folder(job, i))
            continue;
        rc = make_folder(job->dir[i], job->mode == CGROUP_V2);
        if (rc != 0)
            fault_set(fault, -rc, "the control group %s could not be made: %s", job->dir[i],
                      strerror(-rc));
    }
    if (rc == 0)
        rc = limit_all(job, limits, fault);
    if (rc != 0)
        cgroup_job_remove(job);
    return rc;
}

int cgroup_job_enter(const struct cgroup_job *job, struct fault *fault)
{
    int i, rc;

    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (!first_of_folder(job, i))
            continue;
        rc = set_in(job->dir[i], "cgroup.procs", "0");
        if (rc != 0)
            return fault_set(fault, -rc, "the control group %s could not be entered: %s",
                             job->dir[i], strerror(-rc));
    }
    return 0;
}

/* Kills what the group holds now; false if it holds nothing. */
static bool kill_round(const char *dir, enum cgroup_mode mode)
{
    TEXT_AUTO pids = get_in(dir, "cgroup.procs");
    char *pid, *rest = NULL;

    if (pids == NULL || pids[0] == '\0')
        return false;
    if (mode == CGROUP_V2 && set_in(dir, "cgroup.kill", "1") == 0)
        return true;
    for (pid = strtok_r(pids, "\n", &rest); pid != NULL; pid = strtok_r(NULL, "\n", &rest)) {
        int number = atoi(pid);

        /* 0 stands for processes of another PID namespace: kill(0) would be ourselves. */
        if (number > 1)
            kill(number, SIGKILL);
    }
    return true;
}

int cgroup_job_kill(const struct cgroup_job *job, int timeout_ms)
{
    long long deadline = boottime_ms() + timeout_ms;
    int i;

    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        long pause = 1;

        if (!first_of_folder(job, i))
            continue;
        while (kill_round(job->dir[i], job->mode)) {
            if (boottime_ms() >= deadline)
                return -ETIMEDOUT;
            pause_ms(pause);
            pause = pause < 32 ? pause * 2 : pause;
        }
    }
    return 0;
}

uint64_t cgroup_job_oom_kills(const struct cgroup_job *job)
{
    TEXT_AUTO text = NULL;

    if (job->dir[CGROUP_MEMORY] == NULL)
        return 0;
    text = get_in(job->dir[CGROUP_MEMORY],
                  job->mode == CGROUP_V2 ? "memory.events" : "memory.oom_control");
    return text != NULL ? cgroup_counter(text, "oom_kill") : 0;
}

/* A group whose last process has just been reaped may be busy for another moment. */
static int remove_folder(const char *dir)
{
    TEXT_AUTO copy = strdup(dir);
    int round;

    for (round = 0; rmdir(dir) != 0 && errno != ENOENT; round++) {
        if (errno != EBUSY || round == 100)
            return -errno;
        pause_ms(10);
    }
    if (copy != NULL)
        rmdir(dirname(copy));
    return 0;
}

int cgroup_job_remove(const struct cgroup_job *job)
{
    int i, rc, first = 0;

    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (!first_of_folder(job, i))
            continue;
        rc = remove_folder(job->dir[i]);
        if (first == 0)
            first = rc;
    }
    return first;
}
