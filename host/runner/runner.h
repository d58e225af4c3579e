/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runner: a host without a front door.  It holds one runtime, runs scripts on it by the same
 * rooms as the server, and keeps nothing of them.  Its data lies in a slot of its own below the
 * data folder (slot.h), so that runners go side by side with each other and with a server.
 */
#ifndef MAPS_HOST_RUNNER_RUNNER_H
#define MAPS_HOST_RUNNER_RUNNER_H

#include "config/config.h"

#include <sys/types.h>

struct runner;
struct preparation;

/* Where a runner's settings come from.  All borrowed for the call. */
struct runner_source {
    const char *config_file; /* as struct config_source's */
    const struct config_override *settings;
    size_t setting_count;
    const char *runtime;        /* NULL: the one that is detected */
    const char *executable_dir; /* as struct config_source's */
};

/* Reads and checks the settings, without touching the data folder or an engine.  ERROR_INVALID:
 * all mistakes, one a line. */
MUST_CHECK struct error *preparation_make(const struct runner_source *source,
                                          struct preparation **preparation);
void preparation_free(struct preparation *preparation); /* NULL is fine */
const char *preparation_runtime(const struct preparation *preparation);
/* The runtime's effective settings as JSON text, secrets hidden; caller frees. */
MUST_CHECK struct error *preparation_json(const struct preparation *preparation, char **json);

/* Takes a slot, cancels in the background what a killed runner left there, and waits until the
 * runtime was asked whether it is there: ERROR_UNAVAILABLE if it is not.  Takes over preparation,
 * also on an error.  The threads that it makes have all signals blocked. */
MUST_CHECK struct error *runner_open(struct preparation *preparation, struct runner **runner);
/* Finishes the background work (or leaves it to the next runner on this slot) and gives the slot
 * back.  Nobody may be in runner_run().  False: a thread hangs in the runtime's plugin; then
 * nothing is freed, and the slot stays taken until the process ends. */
bool runner_close(struct runner *runner);
const char *runner_runtime(const struct runner *runner);
const char *runner_type(const struct runner *runner);

/* What a script prints, as it comes: stream is 1 or 2.  Nonzero: cancel, and say no more. */
typedef int (*runner_log_fn)(void *context, int stream, const void *bytes, size_t length);

struct runner_order {
    char *submission;  /* JSON text as POST /api/jobs takes it; passes to runner_run (free()) */
    runner_log_fn log; /* NULL: the logs are collected */
    void *log_context;
    int cancel_fd; /* readable: cancel; -1: nobody cancels */
};

/* How a run ended.  Owned by the caller: runner_ending_clear(). */
struct runner_ending {
    struct job_record *record;
    char *document; /* the job document, logs included as far as REST would */
    char *logs;     /* whole, both streams in order; if no log function was given */
    size_t logs_length;
};

/* Runs one job to its end, on this thread, and forgets it.  Any number of threads at once.
 * An error says that no job was accepted: as jobs_submit(), and ERROR_UNAVAILABLE if the runtime
 * is not there. */
MUST_CHECK struct error *runner_run(struct runner *runner, struct runner_order *order,
                                    struct runner_ending *ending);
void runner_ending_clear(struct runner_ending *ending);

#endif
