/* SPDX-License-Identifier: Apache-2.0 */
/* Which jobs a runtime cannot run as asked.  Pure. */
#ifndef MAPS_PLUGINS_COMMON_REFUSAL_H
#define MAPS_PLUGINS_COMMON_REFUSAL_H

#include "fault.h"

#include <maps_runtime.h>
#include <stdbool.h>
#include <stdint.h>

struct refusal_rules {
    const char *runtime;       /* its name, and that of its section in the configuration */
    const char *limits_advice; /* what to do about a limit that is not kept: "give the host ..." */
    uint32_t limits_kept;      /* exactly or softly: mask of maps_limit_bit */
    bool allow_host_network;
    bool any_network; /* networks have names; otherwise there are only "none" and "host" */
    bool root;        /* uid or gid 0 of the runner would be the machine's root */
};

/* True with the reason if the job is refused. */
bool job_refused(const struct maps_job *job, const struct refusal_rules *rules,
                 struct fault *reason);

#endif
