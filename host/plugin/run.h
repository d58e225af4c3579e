/* SPDX-License-Identifier: Apache-2.0 */
/* One run in a plugin, as this room sees it. */
#ifndef MAPS_HOST_PLUGIN_RUN_H
#define MAPS_HOST_PLUGIN_RUN_H

#include "plugin/plugins.h"

#include <pthread.h>
#include <stdatomic.h>

/* What a plugin can do wrong during a run; each kind is logged once per run. */
enum run_violation {
    VIOLATION_FINISHED_TWICE,
    VIOLATION_AFTER_FINISH,
    VIOLATION_BAD_ARGUMENT,
    VIOLATION_START_NOT_ANNOUNCED,
    VIOLATION_RESULT
};

struct maps_run {
    struct instance *instance; /* counted */
    char *job_id;
    const struct run_services *services;
    void *context;
    _Atomic bool start_announced; /* MAPS_PHASE_START_ATTEMPTED, here or in a former host */
    _Atomic bool finished;
    atomic_int phase;       /* the last that was announced; 0: none yet */
    atomic_uint violations; /* mask: logged already */

    /* Held while the plugin's cancel() runs.  Recursive, because that may call services. */
    pthread_mutex_t cancel_lock;
    bool inside; /* in run_script() or recover() */
    void *data;  /* the plugin's, for cancel() */
};

void run_violation(struct maps_run *run, enum run_violation kind, const char *format, ...)
    MAPS_PRINTF(3, 4);

#endif
