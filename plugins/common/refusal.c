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

static bool limit_refused(const struct maps_job *job, const struct refusal_rules *rules,
                          struct fault *reason)
{
    uint32_t missing = job->limits_required & ~rules->limits_kept;
    const char *field = "?"; /* of a later host */

    if (missing == 0)
        return false;
    for (size_t i = 0; i < sizeof(limit_names) / sizeof(limit_names[0]); i++) {
        if ((missing & limit_names[i].bit) == 0)
            continue;
        field = limit_names[i].field;
        break;
    }
    fault_set(reason, ENOTSUP,
              "limits.%s cannot be enforced by the runtime %s on this machine: leave it out, or %s",
              field, rules->runtime, rules->limits_advice);
    return true;
}

/* "container:x" and its like (podman's "ns:/proc/1/ns/net") join the network of something that
 * runs already, the machine itself included.  No network's name contains a colon. */
static bool joins_another(const char *network)
{
    return strchr(network, ':') != NULL;
}

static bool network_refused(const char *network, const struct refusal_rules *rules,
                            struct fault *reason)
{
    if (strcmp(network, "none") == 0)
        return false;
    if (strcmp(network, "host") == 0) {
        if (rules->allow_host_network)
            return false;
        fault_set(reason, ENOTSUP,
                  "network \"host\" is not allowed: %s.allow_host_network is false",
                  rules->runtime);
    } else if (!rules->any_network) {
        fault_set(
            reason, ENOTSUP,
            "network \"%s\" is not known to the runtime %s: it has only \"none\" and \"host\"",
            network, rules->runtime);
    } else if (joins_another(network)) {
        fault_set(reason, ENOTSUP,
                  "network \"%s\" is not allowed: a script does not join the network of another "
                  "container; name a network of the runtime %s",
                  network, rules->runtime);
    } else {
        return false;
    }
    return true;
}

bool job_refused(const struct maps_job *job, const struct refusal_rules *rules,
                 struct fault *reason)
{
    if (limit_refused(job, rules, reason) || network_refused(job->network, rules, reason))
        return true;
    if (!rules->root || (job->runner_uid != 0 && job->runner_gid != 0))
        return false;
    fault_set(reason, EPERM,
              "scripts are not run as root: choose a jobs.runner_uid and "
              "jobs.runner_gid other than 0");
    return true;
}
