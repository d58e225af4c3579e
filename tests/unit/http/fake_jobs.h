/* SPDX-License-Identifier: Apache-2.0 */
/* A jobs room of paper: jobs in memory, logs and outputs in a temporary folder, replies on
 * a thread of its own, late on request. */
#ifndef MAPS_TESTS_FAKE_JOBS_H
#define MAPS_TESTS_FAKE_JOBS_H

#include "job/jobs.h"

struct jobs *fake_jobs_new(void);
void fake_jobs_free(struct jobs *jobs); /* all replies must have been given */

/* Replies wait until they are let go. */
void fake_jobs_hold(struct jobs *jobs, bool hold);
size_t fake_jobs_held(struct jobs *jobs);
size_t fake_jobs_submissions(struct jobs *jobs);
/* Where the jobs' folders lie, and the descriptor of the one that uploads arrive in. */
const char *fake_jobs_folder(const struct jobs *jobs);
int fake_jobs_incoming(const struct jobs *jobs);
/* What the last upload brought, as JSON: its options, and in place of the parts their bytes as
 * text: {"timeout": 5, "script": "...", "request": "...", "files": {"a.csv": "..."}}.  Caller
 * frees; NULL: there was none. */
char *fake_jobs_last_upload(void);
/* What the next upload is answered with before it arrives. */
void fake_jobs_refuse_next_upload(enum error_kind kind, int retry_after_seconds);
/* What the next submission is answered with. */
void fake_jobs_refuse_next(struct jobs *jobs, enum error_kind kind, int retry_after_seconds);
/* Figures for /readyz. */
void fake_jobs_set_trouble(struct jobs *jobs, const char *runtime_message, const char *store_error);

void fake_job_add(struct jobs *jobs, const char *job_id, const char *labels);
/* Ends the job as `status`, and reports the change (on the calling thread). */
void fake_job_end(struct jobs *jobs, const char *job_id, enum job_status status);
/* Appends a frame to the job's log. */
void fake_job_log(struct jobs *jobs, const char *job_id, int stream, const char *text);
void fake_job_output(struct jobs *jobs, const char *job_id, const char *name, const void *bytes,
                     size_t length);
/* Ends the job after the next jobs_get has looked, before its reply (which shows the job
 * running) is delivered: the race between looking and waiting. */
void fake_job_end_behind_next_get(struct jobs *jobs, const char *job_id);

#endif
