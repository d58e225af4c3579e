/* SPDX-License-Identifier: Apache-2.0 */
#include "refusal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
    uint32_t bit;
    const char *field;
} limit_names[] = {
    { MAPS_LIMIT_CPU, "cpus" },
    { MAPS_LIMIT_MEMORY, "memory_bytes" },
    { MAPS_LIMIT_PIDS, "pids" },
    { MAPS_LIMIT_DISK, "disk_bytes" },
    { MAPS_LIMIT_OUTPUT, "output_bytes" },
};

static bool limit_refused(uint32_t missing, struct fault *reason)
{
    size_t i;

    if (missing == 0)
        return false;
    for (i = 0; i < sizeof(limit_names) / sizeof(limit_names[0]); i++) {
        if ((missing & limit_names[i].bit) != 0)
            break;
    }
    fault_set(reason, ENOTSUP,
              "limits.%s cannot be enforced by the sandbox on this machine: leave it out, or give "
              "the host control groups (docs/sandbox.md)",
              i < sizeof(limit_names) / sizeof(limit_names[0]) ? limit_names[i].field : "?");
    return true;
}

static bool network_refused(const char *network, bool allow_host_network, struct fault *reason)
{
    if (strcmp(network, "none") == 0 || (strcmp(network, "host") == 0 && allow_host_network))
        return false;
    fault_set(reason, ENOTSUP,
              strcmp(network, "host") == 0
                  ? "network \"%s\" is not allowed: sandbox.allow_host_network is false"
                  : "network \"%s\" is not known to the sandbox: it has only \"none\" and \"host\"",
              network);
    return true;
}

bool job_refused(const struct maps_job *job, const struct refusal_rules *rules,
                 struct fault *reason)
{
    if (limit_refused(job->limits_required & ~rules->limits_kept, reason) ||
        network_refused(job->network, rules->allow_host_network, reason))
        return true;
    if (!rules->root || (job->runner_uid != 0 && job->runner_gid != 0))
        return false;
    fault_set(reason, EPERM,
              "scripts are not run as root: choose a jobs.runner_uid and "
              "jobs.runner_gid other than 0");
    return true;
}
