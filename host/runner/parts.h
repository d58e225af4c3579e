/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the runner's room: what its files share. */
#ifndef MAPS_HOST_RUNNER_PARTS_H
#define MAPS_HOST_RUNNER_PARTS_H

#include "config/runtime_check.h"
#include "job/jobs.h"
#include "plugin/places.h"
#include "runner/runner.h"

#include <pthread.h>

/* ---- preparation.c ---- */

struct preparation {
    struct config *config;
    struct plugins *plugins;
    struct settings *settings;
    struct places places;
    char *runtime; /* the caller's choice, or NULL */
    struct detected_runtime detected;
};

/* Settings for a data folder of its own, instead of those that were made first. */
MUST_CHECK struct error *preparation_use_data_dir(struct preparation *preparation,
                                                  const char *folder);
/* Gives one plugin its settings. */
MUST_CHECK struct error *preparation_configure(struct preparation *preparation,
                                               const char *runtime);

/* ---- former.c ---- */

/* What a killed runner left in this slot. */
struct former {
    struct job_record **records;
    size_t count;
};

/* Reads them: to be done before the plugins they need are configured. */
MUST_CHECK struct error *former_list(struct store *store, struct former *former);
/* Durably asks for their end, so that jobs_start() starts none of them. */
MUST_CHECK struct error *former_cancel(struct runner *runner);
/* Forgets them in the background, but for those whose runtime is not loaded. */
void former_forget(struct runner *runner);

/* ---- runner.c ---- */

struct runner {
    struct preparation *preparation;
    struct current_settings settings;
    struct store *store;
    struct jobs *jobs;
    struct former former;

    pthread_mutex_t lock;
    pthread_cond_t replied; /* CLOCK_MONOTONIC */
    size_t replies_due;     /* of the jobs room: to cancels and deletions */
    struct run *runs;       /* accepted, not yet forgotten */
};

/* The jobs room is asked for something, and has answered. */
void runner_reply_due(struct runner *runner);
void runner_replied(struct runner *runner);

/* ---- run.c ---- */

/* For jobs_on_change(). */
void runs_changed(void *runner, const char *job_id, bool terminal);

#endif
