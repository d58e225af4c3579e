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

static bool limit_refused(uint32_t missing, const struct refusal_rules *rules, struct fault *reason)
{
    size_t i;

    if (missing == 0)
        return false;
    for (i = 0; i < sizeof(limit_names) / sizeof(limit_names[0]); i++) {
        if ((missing & limit_names[i].bit) != 0)
            break;
    }
    fault_set(reason, ENOTSUP,
              "limits.%s cannot be enforced by the runtime %s here: leave it out, or %s",
              i < sizeof(limit_names) / sizeof(limit_names[0]) ? limit_names[i].field : "?",
              rules->runtime, rules->limits_advice);
    return true;
}

static bool network_refused(const char *network, const struct refusal_rules *rules,
                            struct fault *reason)
{
    bool host = strcmp(network, "host") == 0;

    if (strcmp(network, "none") == 0 || (host && rules->allow_host_network))
        return false;
    if (host)
        fault_set(reason, ENOTSUP,
                  "network \"host\" is not allowed: %s.allow_host_network is false",
                  rules->runtime);
    else if (!rules->named_networks)
        fault_set(reason, ENOTSUP,
                  "network \"%s\" is not known to the runtime %s: it has only \"none\" and "
                  "\"host\"",
                  network, rules->runtime);
    else if (strncmp(network, "container:", strlen("container:")) == 0)
        fault_set(reason, ENOTSUP, "a job cannot share the network of another container");
    else
        return false;
    return true;
}

bool job_refused(const struct maps_job *job, const struct refusal_rules *rules,
                 struct fault *reason)
{
    if (limit_refused(job->limits_required & ~rules->limits_kept, rules, reason) ||
        network_refused(job->network, rules, reason))
        return true;
    if (!rules->own_ids || (job->runner_uid != 0 && job->runner_gid != 0))
        return false;
    fault_set(reason, EPERM,
              "scripts are not run as root: choose a jobs.runner_uid and "
              "jobs.runner_gid other than 0");
    return true;
}
