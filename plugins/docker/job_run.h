/* SPDX-License-Identifier: Apache-2.0 */
/* One run under way, passed from its start to its end. */
#ifndef MAPS_DOCKER_JOB_RUN_H
#define MAPS_DOCKER_JOB_RUN_H

#include "container.h"
#include "instance.h"
#include "verdict.h"

struct job_run {
    struct maps_instance *instance;
    struct maps_run *run;
    const struct maps_job *job;
    struct http_waker *waker; /* cancel() wakes it */
    char container[72];       /* its id */
    bool archive;             /* files travel by archive, the log by the engine */
    enum stop_cause stop;     /* why we are killing it */
};

/* ---- launch.c ---- */

enum launch_answer {
    LAUNCH_STARTED = 0,
    LAUNCH_REPORTED,   /* finish() has been called */
    LAUNCH_NOT_STARTED /* and never will be; the fault says why */
};

/* From nothing to a started container.  An answer, or a negative errno with a fault. */
int launch(struct job_run *run, struct fault *fault);
/* It may have been started, and nobody heard: finds out.  LAUNCH_STARTED, LAUNCH_NOT_STARTED (it
 * is removed then), -ESRCH if there is none, or another negative errno. */
int launch_resolve(struct job_run *run, struct container_state *state, struct fault *fault);

/* ---- follow.c ---- */

/* Returns when the container does not run any more: 0; -ESRCH if it is gone; or a negative errno
 * with a fault when the engine cannot be reached for too long.  Kills it at its deadline or
 * when the host wants it stopped.  started_ms: of the container, wall clock; 0: just now. */
int follow(struct job_run *run, int64_t started_ms, struct fault *fault);

/* ---- conclude.c ---- */

/* Collects the evidence and reports.  0 or a negative errno. */
int conclude(struct job_run *run, bool gone, struct fault *fault);
int report_reason(struct maps_run *run, uint32_t reason, const char *message);

#endif
