/* SPDX-License-Identifier: Apache-2.0 */
/* A submission's way in: admission checks it, its folder is written, its row committed; only
 * then it is accepted and queued. */
#include "base/clock.h"
#include "base/log.h"
#include "job/admission.h"
#include "job/events.h"
#include "job/host_content.h"
#include "job/input_copy.h"
#include "job/jobs_rooms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct submit {
    struct jobs *jobs;
    const struct settings *settings; /* counted: those that held when it came */
    char *body;                      /* JSON, or */
    size_t length;
    struct upload *upload; /* the parts */
    char *idempotency_key;
    char *digest;
    struct submission *submission; /* on its way to copy_task() */
    struct staging *staging;       /* copies of what input_path names */
    jobs_record_fn reply;
    void *context;
    bool has_folder;
    char id[JOB_ID_BYTES];
};

static void submit_free(struct submit *submit)
{
    settings_unref(submit->settings);
    jobs_drop_upload(submit->jobs, submit->upload);
    free(submit->body);
    free(submit->idempotency_key);
    free(submit->digest);
    free(submit);
}

static void submit_end(struct submit *submit, struct error *err, struct job_record *record)
{
    jobs_lock(submit->jobs);
    submit->jobs->admitting--;
    jobs_unlock(submit->jobs);
    submit->reply(submit->context, err, record);
    submit_free(submit);
}

static bool know_runtime(void *context, const char *name, struct admission_runtime *runtime)
{
    struct jobs *jobs = context;
    struct runtime_view view;

    if (!runtimes_view(jobs->runtimes, name, &view))
        return false;
    *runtime = (struct admission_runtime){ .name = view.name,
                                           .runner_type = view.runner_type,
                                           .probed = view.probed && view.limits_enforced != 0,
                                           .limits_enforced = view.limits_enforced,
                                           .limits_soft = view.limits_soft };
    return true;
}

static struct error *admit(struct submit *submit, struct submission **submission)
{
    struct jobs *jobs = submit->jobs;
    char *names = plugins_names(jobs->plugins);
    struct admission_rules rules = { .settings = submit->settings,
                                     .default_runtime = jobs->default_runtime,
                                     .runtime = know_runtime,
                                     .context = jobs,
                                     .runtime_names = names == NULL ? "" : names };
    const struct submission_parts *parts;
    struct error *err = NULL;

    if (submit->upload == NULL)
        err = admission_parse(submit->body, submit->length, &rules, submission);
    else
        err = upload_end(submit->upload, &parts);
    if (err == NULL && submit->upload != NULL)
        err = admission_parse_parts(parts, &rules, submission);
    free(names);
    free(submit->body);
    submit->body = NULL;
    return err;
}

static void remove_folder(void *context)
{
    struct submit *submit = context;
    ERROR_AUTO err = folder_remove(submit->jobs->folders, submit->id);

    if (err != NULL)
        log_line(LOG_LEVEL_WARNING, submit->id, NULL, "%s", err->message);
    submit_free(submit);
}

/* Answers with an older job or an error; the folder made for this one goes. */
static void submit_refuse(struct submit *submit, struct error *err, struct job_record *record)
{
    struct jobs *jobs = submit->jobs;

    jobs_lock(jobs);
    jobs->admitting--;
    jobs_unlock(jobs);
    submit->reply(submit->context, err, record);
    if (!submit->has_folder || task_pool_add(jobs->pool, remove_folder, submit) != 0)
        submit_free(submit); /* the folder, if any, is an orphan that the next start removes */
}

static void inserted(void *context, struct error *err, struct job_record *record)
{
    struct submit *submit = context;

    if (err != NULL || strcmp(record->id, submit->id) != 0) {
        submit_refuse(submit, err, record);
        return;
    }
    event_accepted(record);
    jobs_enqueue(submit->jobs, record, 0);
    submit_end(submit, NULL, record);
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The id is in use.  If it is by an earlier submission with the same key and content, that
 * one is the answer. */
static void found_earlier(void *context, struct error *err, struct job_record *record)
{
    struct submit *submit = context;

    if (err == NULL && same_text(record->idempotency_key, submit->idempotency_key) &&
        same_text(record->request_digest, submit->digest)) {
        submit_end(submit, NULL, record);
        return;
    }
    error_free(err);
    job_record_free(record);
    submit_end(submit,
               error_new(ERROR_CONFLICT, "job_id",
                         "There is a job with the id %s already; choose another.", submit->id),
               NULL);
}

static void insert(struct submit *submit, struct submission *submission)
{
    struct job_record *record = submission->record;

    submission->record = NULL;
    submission_free(submission);
    record->idempotency_key = submit->idempotency_key;
    submit->idempotency_key = NULL;
    record->created_ms = clock_wall_ms();
    store_insert(submit->jobs->store, record, inserted, submit);
}

static struct error *make_folder(struct submit *submit, struct submission *submission)
{
    struct error *err = folder_create(submit->jobs->folders, submission);

    submit->has_folder = err == NULL;
    return err;
}

/* The submission is complete, or there is an error. */
static void submit_conclude(struct submit *submit, struct submission *submission, struct error *err)
{
    if (err == NULL)
        err = make_folder(submit, submission);
    upload_free(submit->upload); /* here, where waiting for the disk is allowed */
    submit->upload = NULL;
    staging_free(submit->staging);
    submit->staging = NULL;
    if (err == NULL) {
        insert(submit, submission);
        return;
    }
    if (err->kind == ERROR_CONFLICT && submit->idempotency_key != NULL) {
        submit->digest = submission->record->request_digest;
        submission->record->request_digest = NULL;
        submission_free(submission);
        error_free(err);
        store_get(submit->jobs->store, submit->id, found_earlier, submit);
        return;
    }
    submission_free(submission);
    submit_end(submit, err, NULL);
}

static bool is_draining(void *jobs)
{
    return jobs_draining(jobs);
}

static void copy_task(void *context)
{
    struct submit *submit = context;
    struct submission *submission = submit->submission;
    const struct input_source source = { .settings = submit->settings,
                                         .incoming_fd = folders_incoming(submit->jobs->folders),
                                         .stop = is_draining,
                                         .context = submit->jobs };

    submit->submission = NULL;
    submit_conclude(submit, submission, input_copy(&source, submission, &submit->staging));
}

static void submit_task(void *context)
{
    struct submit *submit = context;
    struct submission *submission = NULL;
    struct error *err = admit(submit, &submission);

    if (err == NULL) {
        memcpy(submit->id, submission->record->id, sizeof(submit->id));
        err = host_content_read(submit->settings, submission);
    }
    if (err == NULL && submission->record->input_path != NULL) {
        submit->submission = submission;
        if (task_pool_add(submit->jobs->copiers, copy_task, submit) == 0)
            return;
        err = error_errno(ENOMEM, "Taking the submission");
    }
    submit_conclude(submit, submission, err);
}

static struct error *check_place_locked(struct jobs *jobs, const struct settings *settings)
{
    size_t waiting = job_queue_length(jobs->queue) + jobs->admitting;
    struct error *err;

    if (!jobs->started || jobs->draining) {
        err = error_new(ERROR_UNAVAILABLE, NULL,
                        jobs->draining ? "The host is shutting down and takes no new jobs."
                                       : "The host is starting; try again in a moment.");
        err->retry_after_seconds = jobs->draining ? 10 : 1;
        return err;
    }
    if (waiting < settings->job_queue_limit)
        return NULL;
    err = error_new(ERROR_BUSY, NULL, "The queue is full (%u jobs wait); try again later.",
                    settings->job_queue_limit);
    size_t rounds = waiting / (settings->job_concurrency + 1);
    err->retry_after_seconds = rounds < 1 ? 1 : rounds > 30 ? 30 : (int)rounds;
    return err;
}

static struct error *reserve_place(struct jobs *jobs, const struct settings *settings)
{
    jobs_lock(jobs);
    struct error *err = check_place_locked(jobs, settings);
    if (err == NULL)
        jobs->admitting++;
    jobs_unlock(jobs);
    return err;
}

/* Takes submit; idempotency_key may be NULL. */
static void submit_start(struct submit *submit, const char *idempotency_key)
{
    struct jobs *jobs = submit->jobs;
    struct error *err = NULL;

    submit->settings = current_settings(jobs->settings);
    submit->idempotency_key = idempotency_key == NULL ? NULL : strdup(idempotency_key);
    if (idempotency_key != NULL && submit->idempotency_key == NULL)
        err = error_errno(ENOMEM, "Taking the submission");
    if (err == NULL)
        err = reserve_place(jobs, submit->settings);
    if (err != NULL) {
        submit->reply(submit->context, err, NULL);
        submit_free(submit);
        return;
    }
    if (task_pool_add(jobs->pool, submit_task, submit) != 0)
        submit_end(submit, error_errno(ENOMEM, "Taking the submission"), NULL);
}

void jobs_submit(struct jobs *jobs, char *body, size_t length, const char *idempotency_key,
                 jobs_record_fn reply, void *context)
{
    struct submit *submit = calloc(1, sizeof(*submit));

    if (submit == NULL) {
        reply(context, error_errno(ENOMEM, "Taking the submission"), NULL);
        free(body);
        return;
    }
    *submit = (struct submit){
        .jobs = jobs, .body = body, .length = length, .reply = reply, .context = context
    };
    submit_start(submit, idempotency_key);
}

/* ---- in parts ---- */

struct error *jobs_new_upload(struct jobs *jobs, const struct settings *settings,
                              struct upload **upload)
{
    const struct upload_bounds bounds = { .incoming_fd = folders_incoming(jobs->folders),
                                          .memory_bytes = settings->http_max_body_bytes,
                                          .files = settings->job_max_files };

    jobs_lock(jobs);
    struct error *err = check_place_locked(jobs, settings);
    jobs_unlock(jobs);
    if (err != NULL)
        return err;
    *upload = upload_new(&bounds);
    return *upload == NULL ? error_errno(ENOMEM, "Taking the submission") : NULL;
}

static void free_upload(void *upload)
{
    upload_free(upload);
}

void jobs_drop_upload(struct jobs *jobs, struct upload *upload)
{
    if (upload != NULL && task_pool_add(jobs->pool, free_upload, upload) != 0)
        upload_free(upload);
}

void jobs_submit_upload(struct jobs *jobs, struct upload *upload, const char *idempotency_key,
                        jobs_record_fn reply, void *context)
{
    struct submit *submit = calloc(1, sizeof(*submit));

    if (submit == NULL) {
        reply(context, error_errno(ENOMEM, "Taking the submission"), NULL);
        jobs_drop_upload(jobs, upload);
        return;
    }
    *submit = (struct submit){ .jobs = jobs, .upload = upload, .reply = reply, .context = context };
    submit_start(submit, idempotency_key);
}
