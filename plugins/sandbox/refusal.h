/* SPDX-License-Identifier: Apache-2.0 */
/* Which jobs a sandbox cannot run as asked.  Pure. */
#ifndef MAPS_SANDBOX_REFUSAL_H
#define MAPS_SANDBOX_REFUSAL_H

#include "fault.h"

#include <maps_runtime.h>
#include <stdbool.h>
#include <stdint.h>

struct refusal_rules {
    uint32_t limits_kept; /* exactly or softly: mask of maps_limit_bit */
    bool allow_host_network;
    bool root; /* the host is root */
};

/* True with the reason if the job is refused. */
bool job_refused(const struct maps_job *job, const struct refusal_rules *rules,
                 struct fault *reason);

#endif
