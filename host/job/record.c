/* SPDX-License-Identifier: Apache-2.0 */
#include "job/record.h"

#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {
    [JOB_QUEUED] = "queued",       [JOB_STARTING] = "starting", [JOB_RUNNING] = "running",
    [JOB_SUCCESS] = "success",     [JOB_ERROR] = "error",       [JOB_TIMEOUT] = "timeout",
    [JOB_CANCELLED] = "cancelled", [JOB_LOST] = "lost",
};
enum { STATUS_COUNT = sizeof(status_names) / sizeof(status_names[0]) };

static const char *const reason_names[] = {
    [MAPS_REASON_EXITED] = "exited",
    [MAPS_REASON_SIGNALED] = "signaled",
    [MAPS_REASON_OOM] = "oom",
    [MAPS_REASON_OUTPUT_LIMIT] = "output_limit",
    [MAPS_REASON_TIMEOUT] = "timeout",
    [MAPS_REASON_CANCELLED] = "cancelled",
    [MAPS_REASON_IMAGE_UNAVAILABLE] = "image_unavailable",
    [MAPS_REASON_UNSCHEDULABLE] = "unschedulable",
    [MAPS_REASON_EVICTED] = "evicted",
    [MAPS_REASON_REJECTED] = "rejected",
    [MAPS_REASON_RUNTIME_UNAVAILABLE] = "runtime_unavailable",
    [MAPS_REASON_RUNTIME_LOST] = "runtime_lost",
};

bool job_status_terminal(enum job_status status)
{
    return status >= JOB_SUCCESS;
}

const char *job_status_name(enum job_status status)
{
    return (size_t)status < STATUS_COUNT ? status_names[status] : "unknown";
}

bool job_status_parse(const char *name, enum job_status *status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        if (strcmp(name, status_names[i]) == 0) {
            *status = (enum job_status)i;
            return true;
        }
    }
    return false;
}

const char *job_reason_name(uint32_t reason)
{
    return reason < sizeof(reason_names) / sizeof(reason_names[0]) ? reason_names[reason] : NULL;
}

enum job_status job_status_for(uint32_t reason, int exit_code)
{
    switch (reason) {
    case MAPS_REASON_EXITED:
        return exit_code == 0 ? JOB_SUCCESS : JOB_ERROR;
    case MAPS_REASON_SIGNALED:
    case MAPS_REASON_OOM:
    case MAPS_REASON_OUTPUT_LIMIT:
        return JOB_ERROR;
    case MAPS_REASON_TIMEOUT:
        return JOB_TIMEOUT;
    case MAPS_REASON_CANCELLED:
        return JOB_CANCELLED;
    default:
        return JOB_LOST;
    }
}

bool job_transition_allowed(enum job_status from, enum job_status to)
{
    if (job_status_terminal(from))
        return false;
    if (job_status_terminal(to))
        return true;
    switch (from) {
    case JOB_QUEUED:
        return to == JOB_STARTING;
    case JOB_STARTING:
        return to == JOB_RUNNING || to == JOB_QUEUED;
    default:
        return false;
    }
}

struct job_record *job_record_new(void)
{
    struct job_record *record = calloc(1, sizeof(*record));

    if (record == NULL)
        return NULL;
    record->handle = strdup("");
    if (record->handle == NULL) {
        free(record);
        return NULL;
    }
    record->exit_code = -1;
    record->limits.size = sizeof(record->limits);
    record->timings = (struct job_timings){ -1, -1, -1, -1, -1 };
    record->kept_bytes = -1;
    return record;
}

void job_record_free(struct job_record *record)
{
    if (record == NULL)
        return;
    free(record->message);
    free(record->runtime);
    free(record->runner_type);
    free(record->profile);
    free(record->image);
    free(record->network);
    free(record->script_name);
    free(record->spec);
    free(record->labels);
    free(record->idempotency_key);
    free(record->request_digest);
    free(record->script_path);
    free(record->request_path);
    free(record->input_path);
    free(record->output_path);
    free(record->output_error);
    free(record->handle);
    free(record);
}
