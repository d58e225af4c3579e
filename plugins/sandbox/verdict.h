/* SPDX-License-Identifier: Apache-2.0 */
/* From what is known after the sandbox is gone to how the job ended.  Pure. */
#ifndef MAPS_SANDBOX_VERDICT_H
#define MAPS_SANDBOX_VERDICT_H

#include "result.h"

#include "../common/init_spec.h"

enum stop_cause {
    STOP_NONE,
    STOP_CANCEL, /* the host asked */
    STOP_DEADLINE,
    STOP_START_DEADLINE, /* the script did not even start in time */
    STOP_SHUTDOWN,       /* the supervisor was told to end from outside */
    STOP_SUPERVISOR_DIED
};

struct evidence {
    uint32_t attempt;
    enum stop_cause stop;           /* why the supervisor killed it */
    bool started;                   /* maps-init's start marker is there */
    const struct init_exit *record; /* of this attempt, or NULL */
    uint64_t oom_kills;             /* of the job's cgroup */
    const char *complaint;          /* what bubblewrap or maps-init said, or "" */
};

void verdict(const struct evidence *evidence, struct result *result);

#endif
