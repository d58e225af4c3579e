/* SPDX-License-Identifier: Apache-2.0 */
/* One worker's work: a job, the plugin instance it is bound to, and what the plugin has
 * said so far. */
#ifndef MAPS_HOST_JOB_EXECUTION_H
#define MAPS_HOST_JOB_EXECUTION_H

#include "job/job_request.h"
#include "job/jobs_rooms.h"

struct execution {
    struct jobs *jobs;
    struct live *live;
    struct job_record *record; /* as last read from the store */
    struct instance *instance;
    const struct settings *settings; /* counted: those it began with */
    struct job_request request;
    bool adopted; /* a former host started it */

    pthread_mutex_t lock; /* plugins may call services from threads of their own */
    char *handle;
    bool start_attempted;
    bool finished;
    struct maps_outcome outcome;
    char *outcome_message;
    int64_t phase_ms[MAPS_PHASE_COLLECT + 1]; /* when each phase began, monotonic; 0: not */
    int64_t finished_at_ms;
    struct log_sink *sink; /* for plugins that emit; made at the first emit */
    bool logs_truncated;
};

/* The services behind a run whose context is a struct execution. */
extern const struct run_services execution_services;

#endif
