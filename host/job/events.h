/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to jobs, as log lines with event=...; docs/operating.md lists them.  Each is
 * called after the change is on disk.  Any thread. */
#ifndef MAPS_HOST_JOB_EVENTS_H
#define MAPS_HOST_JOB_EVENTS_H

#include "job/record.h"

void event_accepted(const struct job_record *record);
void event_starting(const struct job_record *record);
void event_start_failed(const struct job_record *record, const char *why);
void event_requeued(const struct job_record *record);
void event_running(const struct job_record *record);
void event_adopted(const struct job_record *record);
/* A caller wants it to end. */
void event_cancel_requested(const struct job_record *record);
void event_finished(const struct job_record *record);
/* cause: the limit of retention that it was over, or NULL if a caller deletes it. */
void event_forgotten(const struct job_record *record, const char *cause);

#endif
