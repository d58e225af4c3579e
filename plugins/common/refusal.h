/* SPDX-License-Identifier: Apache-2.0 */
/* Which jobs a runtime cannot run as asked.  Pure. */
#ifndef MAPS_PLUGINS_COMMON_REFUSAL_H
#define MAPS_PLUGINS_COMMON_REFUSAL_H

#include "fault.h"

#include <maps_runtime.h>
#include <stdbool.h>
#include <stdint.h>

struct refusal_rules {
    const char *runtime;       /* "docker": its section in the configuration */
    const char *limits_advice; /* what gives it the limits that it lacks */
    uint32_t limits_kept;      /* exactly or softly: mask of maps_limit_bit */
    bool named_networks;       /* it has networks besides "none" and "host" */
    bool allow_host_network;
    bool own_ids; /* scripts run as the uid and gid that the job says */
};

/* True with the reason if the job is refused. */
bool job_refused(const struct maps_job *job, const struct refusal_rules *rules,
                 struct fault *reason);

#endif
