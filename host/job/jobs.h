/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs, as the front doors (HTTP, later the one-shot run) see them: submit, look at,
 * cancel, forget.  Behind it: admission (threads that check a submission and write
 * its folder), the queue, the dispatcher, one worker thread per running job, recovery.
 *
 * Replies come by callback on one of the house's threads, never on the caller's, and
 * must be short (resume a connection).  err and record pass to the callee.
 */
#ifndef MAPS_HOST_JOB_JOBS_H
#define MAPS_HOST_JOB_JOBS_H

#include "base/error.h"
#include "config/current_settings.h"
#include "job/record.h"
#include "job/upload.h"
#include "plugin/plugins.h"
#include "store/store.h"

#include <sys/stat.h>

struct jobs;

struct jobs_parts {
    struct current_settings *settings; /* borrowed, as are all parts */
    struct store *store;
    struct plugins *plugins;
    const char *default_runtime; /* the detected one */
    bool default_runtime_only;   /* jobs_start() waits for no other to be probed */
};

/* Makes the rooms; jobs_start() then recovers what a former host left and starts
 * dispatching. */
MUST_CHECK struct error *jobs_new(const struct jobs_parts *parts, struct jobs **jobs);
MUST_CHECK struct error *jobs_start(struct jobs *jobs);
/* No new submissions, no new starts. */
void jobs_drain(struct jobs *jobs);
/* How often the dispatcher has come round; asks it to come round again.  A number that stays
 * the same shows that it hangs. */
uint64_t jobs_dispatcher_rounds(struct jobs *jobs);
bool jobs_draining(struct jobs *jobs);
/* Waits up to grace_ms for running jobs; returns how many still run (they are left to
 * be adopted). */
size_t jobs_wait_idle(struct jobs *jobs, int64_t grace_ms);
/* Stops the threads.  If runs are left behind in plugins, their threads cannot be
 * joined: then the process must exit right after this (true is returned). */
bool jobs_stop(struct jobs *jobs);
void jobs_free(struct jobs *jobs);

/* The settings were replaced, and the plugins have new instances: acts on what that allows. */
void jobs_settings_changed(struct jobs *jobs);

/* Called after each committed change of a job, on the store's thread; must be short.
 * Set before jobs_start(). */
typedef void (*jobs_changed_fn)(void *context, const char *job_id, bool terminal);
void jobs_on_change(struct jobs *jobs, jobs_changed_fn changed, void *context);

typedef void (*jobs_record_fn)(void *context, struct error *err, struct job_record *record);
typedef void (*jobs_done_fn)(void *context, struct error *err);

/* body: the JSON text of a submission; passes to jobs (free()).  idempotency_key: copied;
 * may be NULL.  Answers with the job, or: MALFORMED (not JSON), INVALID (field named),
 * TOO_LARGE, CONFLICT, BUSY (queue full), UNAVAILABLE (draining), STORAGE.
 * On an error nothing is left behind. */
void jobs_submit(struct jobs *jobs, char *body, size_t length, const char *idempotency_key,
                 jobs_record_fn reply, void *context);
/* The same for a submission in parts (upload.h).  It is made first, before anything of it has
 * arrived: BUSY or UNAVAILABLE if it had no chance.  No waiting for the disk. */
MUST_CHECK struct error *jobs_new_upload(struct jobs *jobs, const struct settings *settings,
                                         struct upload **upload);
/* upload: passes to jobs. */
void jobs_submit_upload(struct jobs *jobs, struct upload *upload, const char *idempotency_key,
                        jobs_record_fn reply, void *context);
/* Removes one that is not to be submitted, with what it has on disk: soon, on another thread.
 * NULL is fine. */
void jobs_drop_upload(struct jobs *jobs, struct upload *upload);
void jobs_get(struct jobs *jobs, const char *job_id, jobs_record_fn reply, void *context);
void jobs_list(struct jobs *jobs, const struct store_query *query, store_list_fn reply,
               void *context);
/* Idempotent; answers with the job as it stands (which may still be running), also if it
 * had already ended. */
void jobs_cancel(struct jobs *jobs, const char *job_id, jobs_record_fn reply, void *context);
/* Cancels if need be, waits for the end, removes row and files; then answers.  UNAVAILABLE if the
 * host stops before. */
void jobs_delete(struct jobs *jobs, const char *job_id, jobs_done_fn reply, void *context);

/* Live text of a job that has not ended (queue position, pull progress), malloc'ed, or
 * NULL.  Not durable. */
char *jobs_progress(struct jobs *jobs, const char *job_id);

/* ---- files of a job (any thread, no waiting for the store) ---- */

/* <data_dir>/jobs/<id>/control/log; caller frees. */
char *jobs_log_path(const struct jobs *jobs, const char *job_id);
/* Opens one output file below output/ by a relative path (openat2 with RESOLVE_BENEATH |
 * RESOLVE_NO_SYMLINKS, regular files only).  *fd owned by the caller. */
MUST_CHECK struct error *jobs_open_output(const struct jobs *jobs, const char *job_id,
                                          const char *path, int *fd, struct stat *status);
/* All of output/ as a tar archive, to be read by output_archive_read() and freed. */
struct output_archive;
MUST_CHECK struct error *jobs_open_archive(const struct jobs *jobs, const char *job_id,
                                           struct output_archive **archive);
struct output_file {
    char *path; /* relative to output/, '/'-separated */
    uint64_t size;
    int64_t modified_ms;
};
/* Regular files, sorted by path, at most `limit`; *more says that there are others. */
MUST_CHECK struct error *jobs_list_outputs(const struct jobs *jobs, const char *job_id,
                                           size_t limit, struct output_file **files, size_t *count,
                                           bool *more);
void output_files_free(struct output_file *files, size_t count);

/* ---- figures for /api/system/info, /readyz ---- */
struct jobs_figures {
    size_t queued, running;
    bool draining;
    struct store_kept kept; /* ended jobs, as retention last saw them: at most a minute old */
    bool runtime_reachable; /* of the default runtime, at the last probe */
    char runtime_message[512];
    char *store_error; /* NULL: writable; caller frees */
};
void jobs_figures(struct jobs *jobs, struct jobs_figures *figures);

#endif
