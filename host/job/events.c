/* SPDX-License-Identifier: Apache-2.0 */
#include "job/events.h"

#include "base/log.h"

#include <stddef.h>

static struct log_subject about(const struct job_record *record, const char *event,
                                const char *phase, const struct log_field *fields)
{
    return (struct log_subject){ .job = record->id,
                                 .plugin = record->runtime,
                                 .phase = phase,
                                 .event = event,
                                 .fields = fields };
}

/* An event of one attempt to start the job. */
static void log_attempt(const struct job_record *record, const char *event, const char *phase,
                        const char *sentence)
{
    const struct log_field fields[] = { { .name = "attempt", .number = record->attempt }, { 0 } };
    struct log_subject subject = about(record, event, phase, fields);

    log_about(LOG_LEVEL_INFO, &subject, "%s", sentence);
}

void event_accepted(const struct job_record *record)
{
    const struct log_field fields[] = { { .name = "profile", .text = record->profile }, { 0 } };
    struct log_subject subject =
        about(record, "accepted", "queued", record->profile == NULL ? NULL : fields);

    log_about(LOG_LEVEL_INFO, &subject, "job accepted");
}

void event_starting(const struct job_record *record)
{
    log_attempt(record, "starting", "prepare", "job starting");
}

void event_start_failed(const struct job_record *record, const char *why)
{
    const struct log_field fields[] = { { .name = "attempt", .number = record->attempt }, { 0 } };
    struct log_subject subject = about(record, "start_failed", "start", fields);

    log_about(LOG_LEVEL_WARNING, &subject, "attempt %u to start failed: %s", record->attempt, why);
}

void event_requeued(const struct job_record *record)
{
    log_attempt(record, "requeued", "queued", "job put back into the queue");
}

void event_running(const struct job_record *record)
{
    log_attempt(record, "running", "run", "job running");
}

void event_adopted(const struct job_record *record)
{
    log_attempt(record, "adopted", record->started_ms == 0 ? "start" : "run",
                "adopting a job of a former host");
}

static const char *phase_of(const struct job_record *record)
{
    switch (record->status) {
    case JOB_QUEUED:
        return "queued";
    case JOB_STARTING:
        return record->start_attempted ? "start" : "prepare";
    case JOB_RUNNING:
        return "run";
    default:
        return NULL; /* it has ended */
    }
}

void event_cancel_requested(const struct job_record *record)
{
    struct log_subject subject = about(record, "cancel_requested", phase_of(record), NULL);

    log_about(LOG_LEVEL_INFO, &subject, "a caller cancels the job");
}

void event_finished(const struct job_record *record)
{
    struct log_field fields[LOG_FIELDS_MAX] = {
        { .name = "status", .text = job_status_name(record->status) },
    };
    const char *reason = job_reason_name(record->reason);
    size_t count = 1;

    if (reason != NULL)
        fields[count++] = (struct log_field){ .name = "reason", .text = reason };
    if (record->reason == MAPS_REASON_EXITED)
        fields[count++] = (struct log_field){ .name = "exit_code", .number = record->exit_code };
    if (record->signal != 0)
        fields[count++] = (struct log_field){ .name = "signal", .number = record->signal };
    fields[count++] = (struct log_field){ .name = "duration_ms",
                                          .number = record->finished_ms - record->created_ms };
    if (record->timings.run >= 0)
        fields[count++] = (struct log_field){ .name = "run_ms", .number = record->timings.run };
    struct log_subject subject = about(record, "finished", NULL, fields);
    log_about(LOG_LEVEL_INFO, &subject, "job ended: %s (%s)%s%s", job_status_name(record->status),
              reason == NULL ? "no reason" : reason, record->message == NULL ? "" : ": ",
              record->message == NULL ? "" : record->message);
}

void event_forgotten(const struct job_record *record, const char *cause)
{
    const struct log_field fields[] = { { .name = "cause", .text = cause }, { 0 } };
    struct log_subject subject = about(record, "forgotten", NULL, cause == NULL ? NULL : fields);

    if (cause == NULL)
        log_about(LOG_LEVEL_INFO, &subject, "job forgotten");
    else
        log_about(LOG_LEVEL_INFO, &subject,
                  "job forgotten: it was over the limit of retention by %s", cause);
}
