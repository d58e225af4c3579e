/* SPDX-License-Identifier: Apache-2.0 */
/* From what is known after the isolation around a script is gone to how the job ended: the
 * same on every runtime.  Pure. */
#ifndef MAPS_PLUGINS_COMMON_VERDICT_H
#define MAPS_PLUGINS_COMMON_VERDICT_H

#include "init_spec.h"

#include <stdbool.h>
#include <stdint.h>

enum result_cause {
    RESULT_ENDED,        /* the script ended: wait_status is valid */
    RESULT_TIMEOUT,      /* killed at the deadline */
    RESULT_CANCELLED,    /* killed because the host asked */
    RESULT_OUTPUT_LIMIT, /* killed because it wrote too much to stdout and stderr or, with a
                            message, to the output folder */
    RESULT_OOM,          /* the isolation itself fell to the memory limit */
    RESULT_NOT_STARTED,  /* the script has not run and, given the evidence, never will */
    RESULT_UNSTARTABLE,  /* it is fine, the command in it cannot be executed */
    RESULT_LOST          /* it was killed from outside */
};

struct result {
    uint32_t attempt;
    enum result_cause cause;
    int wait_status; /* of the script, raw; -1: unknown */
    uint64_t oom_kills;
    char message[512]; /* evidence; "" if there is nothing to say */
};

enum stop_cause {
    STOP_NONE,
    STOP_CANCEL, /* the host asked */
    STOP_DEADLINE,
    STOP_START_DEADLINE, /* the script did not even start in time */
    STOP_SHUTDOWN,       /* the supervisor was told to end from outside */
    STOP_SUPERVISOR_DIED
};

struct evidence {
    const char *place; /* what the script ran in: "sandbox", "container" */
    uint32_t attempt;
    enum stop_cause stop;           /* why the supervisor killed it */
    bool started;                   /* maps-init's start marker is there, or that cannot be told */
    const struct init_exit *record; /* of this attempt, or NULL */
    uint64_t oom_kills;             /* of the job's cgroup */
    const char *complaint;          /* what the engine or maps-init said, or "" */
};

void verdict(const struct evidence *evidence, struct result *result);

#endif
