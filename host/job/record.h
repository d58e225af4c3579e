/* SPDX-License-Identifier: Apache-2.0 */
/* A job as the store holds it: what was asked for, where it stands, how it ended. */
#ifndef MAPS_HOST_JOB_RECORD_H
#define MAPS_HOST_JOB_RECORD_H

#include <maps_runtime.h>
#include <stdbool.h>
#include <stdint.h>

enum job_status {
    JOB_QUEUED = 0,
    JOB_STARTING = 1,
    JOB_RUNNING = 2,
    JOB_SUCCESS = 3, /* this and all that follow are terminal */
    JOB_ERROR = 4,
    JOB_TIMEOUT = 5,
    JOB_CANCELLED = 6,
    JOB_LOST = 7
};

enum { JOB_ID_MAX = 50, JOB_ID_BYTES = JOB_ID_MAX + 1 };

struct job_timings { /* milliseconds; -1: not reached */
    int64_t queued, prepare, start, run, collect;
};

struct job_record {
    char id[JOB_ID_BYTES];
    int64_t sequence; /* order of acceptance: newest is largest; also the list's cursor */
    enum job_status status;
    uint32_t reason; /* enum maps_reason; 0: none yet */
    int exit_code;   /* -1: none */
    int signal;      /* 0: none */
    char *message;   /* or NULL */

    /* what was asked for; never changes */
    char *runtime, *runner_type, *profile, *image, *network;
    char *script_name;
    char *spec;   /* JSON object: {"args": [...], "env": {...}, "command": [...]} */
    char *labels; /* JSON object of strings */
    int priority; /* higher runs first; -100 to 100, default 0 */
    uint64_t timeout_ms;
    struct maps_limits limits;
    uint32_t limits_required;    /* mask: asked for by the caller by name */
    uint32_t limits_best_effort; /* mask: default limits that the runtime does not enforce */
    char *idempotency_key;       /* or NULL */
    char *request_digest;        /* hex SHA-256 of the parsed submission */
    char *script_path, *request_path, *input_path, *output_path; /* on this host; or NULL */

    /* where it stands */
    uint32_t attempt;     /* 0 before the first start */
    bool start_attempted; /* the script may have started: never start it again */
    char *handle;         /* the plugin's, "" if none */
    bool cancel_requested;
    bool logs_truncated;
    bool logs_damaged;                           /* the script tampered with its log file */
    char *output_error;                          /* why output_path lacks something; or NULL */
    bool cleanup_pending;                        /* something may be left on the engine */
    int64_t created_ms, started_ms, finished_ms; /* wall clock; 0: not yet */
    struct job_timings timings;
    int64_t kept_bytes; /* disk that the folder of an ended job takes; -1: not measured yet */
};

bool job_status_terminal(enum job_status status);
const char *job_status_name(enum job_status status);
bool job_status_parse(const char *name, enum job_status *status);
const char *job_reason_name(uint32_t reason); /* NULL for 0 or unknown */

/* The one place where a status follows from why a run ended. */
enum job_status job_status_for(uint32_t reason, int exit_code);
/* True if a job may go from one to the other. */
bool job_transition_allowed(enum job_status from, enum job_status to);

struct job_record *job_record_new(void); /* defaults filled in; NULL: out of memory */
void job_record_free(struct job_record *record);

#endif
