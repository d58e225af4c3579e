/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job's folder, <data_dir>/jobs/<id>/:
 *   <script_name>  request.json    what was submitted (durable before the job is accepted)
 *   input/                         the submission's files
 *   output/                        written by the script, as the runner's uid
 *   control/                       written by maps-init: start marker, log, exit record
 *   runtime/                       the plugin's own
 * Removal goes through <data_dir>/trash/, so that an id is free at once.  Files of a submission
 * in parts arrive in <data_dir>/incoming/ (staging.h).
 */
#ifndef MAPS_HOST_JOB_FOLDER_H
#define MAPS_HOST_JOB_FOLDER_H

#include "base/error.h"
#include "job/admission.h"

#include <sys/types.h>

struct folders; /* the data folder's jobs/, incoming/ and trash/ */

MUST_CHECK struct error *folders_open(const char *data_dir, uid_t runner_uid, gid_t runner_gid,
                                      struct folders **folders);
void folders_close(struct folders *folders);

/* The descriptor of incoming/, open as long as the folders are. */
int folders_incoming(const struct folders *folders);

/* Writes and syncs everything, takes staged files out of incoming/; ERROR_CONFLICT, field
 * "job_id", if there is such a folder.  On an error nothing is left behind. */
MUST_CHECK struct error *folder_create(struct folders *folders,
                                       const struct submission *submission);
/* Empties control/ and runtime/ before a further start; only if the script has not
 * started. */
MUST_CHECK struct error *folder_reset(struct folders *folders, const char *job_id);
/* Moves it to the trash and removes it there.  Absent is success. */
MUST_CHECK struct error *folder_remove(struct folders *folders, const char *job_id);
/* Puts what a former host left in incoming/ into the trash: before the first upload. */
void folders_drop_incoming(struct folders *folders);
/* Finishes removals that a former host began. */
void folders_empty_trash(struct folders *folders);

/* "<data_dir>/jobs/<id>/<name>", malloc'ed; NULL: out of memory. */
char *folder_path(const struct folders *folders, const char *job_id, const char *name);
/* The disk that a job's folder takes, in allocated bytes; 0 if there is none.  What lies deeper
 * than TREE_MAX_DEPTH does not count. */
uint64_t folder_measure(const struct folders *folders, const char *job_id);
/* Opens output/ of a job; -errno. */
int folder_open_output(const struct folders *folders, const char *job_id);

/* Calls found() with each job id that has a folder.  Ids are collected first: found() may
 * remove folders. */
MUST_CHECK struct error *folders_each(struct folders *folders,
                                      void (*found)(void *context, const char *job_id),
                                      void *context);

#endif
