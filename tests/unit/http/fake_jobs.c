/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_jobs.h"

#include "base/clock.h"
#include "job/output_archive.h"
#include "logs/log_reader.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

struct fake_job {
    struct fake_job *next; /* newest first */
    struct job_record *record;
    bool end_behind_get;
};

enum op_kind { OP_SUBMIT, OP_GET, OP_LIST, OP_CANCEL, OP_DELETE };
struct op {
    struct op *next;
    enum op_kind kind;
    char job_id[JOB_ID_BYTES];
    char *body;
    char *key;
    struct store_query query;
    char *label_key, *label_value;
    jobs_record_fn record_reply;
    jobs_done_fn done_reply;
    store_list_fn list_reply;
    void *context;
};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    char folder[64];
    int incoming_fd; /* incoming/ below it */
    struct fake_job *first;
    int64_t last_sequence;
    size_t submissions;
    struct op *ops, **last_op;
    bool hold, ends;
    bool refuse;
    enum error_kind refusal;
    int refusal_retry;
    const char *runtime_message, *store_error;
    jobs_changed_fn changed;
    void *changed_context;
};

/* ---- records ---- */

static char *copy_text(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static struct job_record *record_copy(const struct job_record *record)
{
    struct job_record *copy = malloc(sizeof(*copy));

    *copy = *record;
    copy->message = copy_text(record->message);
    copy->runtime = copy_text(record->runtime);
    copy->runner_type = copy_text(record->runner_type);
    copy->profile = copy_text(record->profile);
    copy->image = copy_text(record->image);
    copy->network = copy_text(record->network);
    copy->script_name = copy_text(record->script_name);
    copy->spec = copy_text(record->spec);
    copy->labels = copy_text(record->labels);
    copy->idempotency_key = copy_text(record->idempotency_key);
    copy->request_digest = copy_text(record->request_digest);
    copy->handle = copy_text(record->handle);
    return copy;
}

static void set_text(char **field, const char *text)
{
    free(*field);
    *field = copy_text(text);
}

static struct fake_job *find(struct jobs *jobs, const char *job_id)
{
    struct fake_job *job = jobs->first;

    while (job != NULL && strcmp(job->record->id, job_id) != 0)
        job = job->next;
    return job;
}

static void make_folders(struct jobs *jobs, const char *job_id)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", jobs->folder, job_id);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof(path), "%s/%s/output", jobs->folder, job_id);
    (void)mkdir(path, 0700);
}

static struct fake_job *add(struct jobs *jobs, const char *job_id, const char *labels)
{
    struct fake_job *job = calloc(1, sizeof(*job));
    struct job_record *record = job_record_new();

    (void)snprintf(record->id, sizeof(record->id), "%s", job_id);
    record->sequence = ++jobs->last_sequence;
    record->status = JOB_RUNNING;
    record->created_ms = clock_wall_ms();
    record->timeout_ms = 600000;
    set_text(&record->runtime, "sandbox");
    set_text(&record->runner_type, "SandboxRunner");
    set_text(&record->profile, "python");
    set_text(&record->network, "none");
    set_text(&record->labels, labels);
    job->record = record;
    job->next = jobs->first;
    jobs->first = job;
    make_folders(jobs, job_id);
    return job;
}

static void free_job(struct fake_job *job)
{
    job_record_free(job->record);
    free(job);
}

/* ---- operations ---- */

static struct error *unknown_job(const char *job_id)
{
    return error_new(ERROR_NOT_FOUND, NULL, "There is no job \"%s\".", job_id);
}

static struct error *submit(struct jobs *jobs, struct op *op, struct fake_job **job)
{
    cJSON *body = cJSON_Parse(op->body);
    const cJSON *id = cJSON_GetObjectItem(body, "job_id");
    const cJSON *timeout = cJSON_GetObjectItem(body, "timeout_ms");
    char name[JOB_ID_BYTES];
    struct error *err = NULL;

    (void)snprintf(name, sizeof(name), "job-%zu", jobs->submissions);
    if (body == NULL) {
        err = error_new(ERROR_MALFORMED, NULL, "The body is not JSON.");
    } else if (jobs->refuse) {
        jobs->refuse = false;
        err = error_new(jobs->refusal, "script_content", "Refused by the fake.");
        err->retry_after_seconds = jobs->refusal_retry;
    } else {
        *job = add(jobs, id != NULL ? id->valuestring : name, "{}");
        set_text(&(*job)->record->idempotency_key, op->key);
        if (timeout != NULL)
            (*job)->record->timeout_ms = (uint64_t)timeout->valuedouble;
    }
    cJSON_Delete(body);
    return err;
}

static void end_job(struct fake_job *job, enum job_status status)
{
    job->record->status = status;
    job->record->reason = status == JOB_CANCELLED ? MAPS_REASON_CANCELLED : MAPS_REASON_EXITED;
    job->record->exit_code = status == JOB_SUCCESS ? 0 : status == JOB_ERROR ? 3 : -1;
    job->record->finished_ms = clock_wall_ms();
}

static void report(struct jobs *jobs, const char *job_id)
{
    if (jobs->changed != NULL)
        jobs->changed(jobs->changed_context, job_id, true);
}

static void answer_record(struct jobs *jobs, struct op *op)
{
    struct error *err = NULL;
    struct job_record *copy = NULL;
    bool end_behind = false;

    pthread_mutex_lock(&jobs->lock);
    struct fake_job *job = op->kind == OP_SUBMIT ? NULL : find(jobs, op->job_id);
    if (op->kind == OP_SUBMIT)
        err = submit(jobs, op, &job);
    else if (job == NULL)
        err = unknown_job(op->job_id);
    if (job != NULL) {
        copy = record_copy(job->record);
        end_behind = op->kind == OP_GET && job->end_behind_get;
        if (end_behind) {
            job->end_behind_get = false;
            end_job(job, JOB_SUCCESS);
        }
    }
    pthread_mutex_unlock(&jobs->lock);
    if (end_behind)
        report(jobs, op->job_id);
    op->record_reply(op->context, err, copy);
}

static bool matches(const struct op *op, const struct job_record *record)
{
    const struct store_query *query = &op->query;
    bool labelled = op->label_key == NULL;

    if (op->label_key != NULL) {
        cJSON *labels = cJSON_Parse(record->labels);
        const char *value =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(labels, op->label_key));

        labelled = value != NULL && strcmp(value, op->label_value) == 0;
        cJSON_Delete(labels);
    }
    return labelled && (query->statuses == 0 || (query->statuses & 1u << record->status) != 0) &&
           (query->before_sequence == 0 || record->sequence < query->before_sequence);
}

static void answer_list(struct jobs *jobs, struct op *op)
{
    struct job_record **records = calloc(op->query.limit, sizeof(*records));
    size_t count = 0;

    pthread_mutex_lock(&jobs->lock);
    for (struct fake_job *job = jobs->first; job != NULL && count < op->query.limit;
         job = job->next) {
        if (matches(op, job->record))
            records[count++] = record_copy(job->record);
    }
    pthread_mutex_unlock(&jobs->lock);
    op->list_reply(op->context, NULL, records, count);
}

static void answer_delete(struct jobs *jobs, struct op *op)
{
    struct error *err = NULL;

    pthread_mutex_lock(&jobs->lock);
    struct fake_job **link = &jobs->first;
    while (*link != NULL && strcmp((*link)->record->id, op->job_id) != 0)
        link = &(*link)->next;
    struct fake_job *job = *link;
    if (job != NULL) {
        *link = job->next;
        free_job(job);
    } else {
        err = unknown_job(op->job_id);
    }
    pthread_mutex_unlock(&jobs->lock);
    op->done_reply(op->context, err);
}

static void *reply(void *context)
{
    struct jobs *jobs = context;

    for (;;) {
        pthread_mutex_lock(&jobs->lock);
        while ((jobs->ops == NULL || jobs->hold) && !jobs->ends)
            pthread_cond_wait(&jobs->wake, &jobs->lock);
        struct op *op = jobs->ops;
        if (op != NULL) {
            jobs->ops = op->next;
            if (jobs->ops == NULL)
                jobs->last_op = &jobs->ops;
        }
        pthread_mutex_unlock(&jobs->lock);
        if (op == NULL)
            return NULL;
        if (op->kind == OP_LIST)
            answer_list(jobs, op);
        else if (op->kind == OP_DELETE)
            answer_delete(jobs, op);
        else
            answer_record(jobs, op);
        free(op->body);
        free(op->key);
        free(op->label_key);
        free(op->label_value);
        free(op);
    }
}

static struct op *op_new(enum op_kind kind, const char *job_id, void *context)
{
    struct op *op = calloc(1, sizeof(*op));

    op->kind = kind;
    op->context = context;
    if (job_id != NULL)
        (void)snprintf(op->job_id, sizeof(op->job_id), "%s", job_id);
    return op;
}

static void queue(struct jobs *jobs, struct op *op)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->submissions += op->kind == OP_SUBMIT;
    *jobs->last_op = op;
    jobs->last_op = &op->next;
    pthread_cond_signal(&jobs->wake);
    pthread_mutex_unlock(&jobs->lock);
}

/* ---- the jobs room's interface ---- */

void jobs_on_change(struct jobs *jobs, jobs_changed_fn changed, void *context)
{
    jobs->changed = changed;
    jobs->changed_context = context;
}

void jobs_submit(struct jobs *jobs, char *body, size_t length, const char *idempotency_key,
                 jobs_record_fn done, void *context)
{
    struct op *op = op_new(OP_SUBMIT, NULL, context);

    op->body = strndup(body, length);
    free(body);
    op->key = copy_text(idempotency_key);
    op->record_reply = done;
    queue(jobs, op);
}

void jobs_get(struct jobs *jobs, const char *job_id, jobs_record_fn done, void *context)
{
    struct op *op = op_new(OP_GET, job_id, context);

    op->record_reply = done;
    queue(jobs, op);
}

void jobs_list(struct jobs *jobs, const struct store_query *query, store_list_fn done,
               void *context)
{
    struct op *op = op_new(OP_LIST, NULL, context);

    op->query = *query;
    op->label_key = copy_text(query->label_key);
    op->label_value = copy_text(query->label_value);
    op->list_reply = done;
    queue(jobs, op);
}

void jobs_cancel(struct jobs *jobs, const char *job_id, jobs_record_fn done, void *context)
{
    struct op *op = op_new(OP_CANCEL, job_id, context);

    op->record_reply = done;
    queue(jobs, op);
}

void jobs_delete(struct jobs *jobs, const char *job_id, jobs_done_fn done, void *context)
{
    struct op *op = op_new(OP_DELETE, job_id, context);

    op->done_reply = done;
    queue(jobs, op);
}

char *jobs_progress(struct jobs *jobs, const char *job_id)
{
    (void)jobs;
    (void)job_id;
    return strdup("working on it");
}

char *jobs_log_path(const struct jobs *jobs, const char *job_id)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s/log", jobs->folder, job_id) < 0 ? NULL : path;
}

void store_list_free(struct job_record **records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        job_record_free(records[i]);
    free(records);
}

void jobs_figures(struct jobs *jobs, struct jobs_figures *figures)
{
    pthread_mutex_lock(&jobs->lock);
    figures->running = 1;
    figures->queued = 2;
    figures->runtime_reachable = jobs->runtime_message == NULL;
    (void)snprintf(figures->runtime_message, sizeof(figures->runtime_message), "%s",
                   jobs->runtime_message != NULL ? jobs->runtime_message : "");
    figures->store_error = copy_text(jobs->store_error);
    pthread_mutex_unlock(&jobs->lock);
}

/* ---- controls ---- */

static bool open_incoming(struct jobs *jobs)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof(path), "%s/incoming", jobs->folder);
    (void)mkdir(path, 0700);
    jobs->incoming_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return jobs->incoming_fd >= 0;
}

const char *fake_jobs_folder(const struct jobs *jobs)
{
    return jobs->folder;
}

int fake_jobs_incoming(const struct jobs *jobs)
{
    return jobs->incoming_fd;
}

struct jobs *fake_jobs_new(void)
{
    struct jobs *jobs = calloc(1, sizeof(*jobs));

    (void)pthread_mutex_init(&jobs->lock, NULL);
    (void)pthread_cond_init(&jobs->wake, NULL);
    jobs->last_op = &jobs->ops;
    (void)snprintf(jobs->folder, sizeof(jobs->folder), "/tmp/maps-http-test-XXXXXX");
    if (mkdtemp(jobs->folder) == NULL || !open_incoming(jobs) ||
        pthread_create(&jobs->thread, NULL, reply, jobs) != 0)
        abort();
    return jobs;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

void fake_jobs_free(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->ends = true;
    pthread_cond_signal(&jobs->wake);
    pthread_mutex_unlock(&jobs->lock);
    (void)pthread_join(jobs->thread, NULL);
    while (jobs->first != NULL) {
        struct fake_job *job = jobs->first;

        jobs->first = job->next;
        free_job(job);
    }
    (void)close(jobs->incoming_fd);
    (void)nftw(jobs->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    (void)pthread_cond_destroy(&jobs->wake);
    (void)pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

void fake_jobs_hold(struct jobs *jobs, bool hold)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->hold = hold;
    pthread_cond_signal(&jobs->wake);
    pthread_mutex_unlock(&jobs->lock);
}

size_t fake_jobs_held(struct jobs *jobs)
{
    size_t count = 0;

    pthread_mutex_lock(&jobs->lock);
    for (struct op *op = jobs->ops; op != NULL; op = op->next)
        count++;
    pthread_mutex_unlock(&jobs->lock);
    return count;
}

size_t fake_jobs_submissions(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    size_t count = jobs->submissions;
    pthread_mutex_unlock(&jobs->lock);
    return count;
}

void fake_jobs_refuse_next(struct jobs *jobs, enum error_kind kind, int retry_after_seconds)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->refuse = true;
    jobs->refusal = kind;
    jobs->refusal_retry = retry_after_seconds;
    pthread_mutex_unlock(&jobs->lock);
}

void fake_jobs_set_trouble(struct jobs *jobs, const char *runtime_message, const char *store_error)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->runtime_message = runtime_message;
    jobs->store_error = store_error;
    pthread_mutex_unlock(&jobs->lock);
}

void fake_job_add(struct jobs *jobs, const char *job_id, const char *labels)
{
    pthread_mutex_lock(&jobs->lock);
    (void)add(jobs, job_id, labels);
    pthread_mutex_unlock(&jobs->lock);
}

void fake_job_end(struct jobs *jobs, const char *job_id, enum job_status status)
{
    pthread_mutex_lock(&jobs->lock);
    end_job(find(jobs, job_id), status);
    pthread_mutex_unlock(&jobs->lock);
    report(jobs, job_id);
}

void fake_job_end_behind_next_get(struct jobs *jobs, const char *job_id)
{
    pthread_mutex_lock(&jobs->lock);
    find(jobs, job_id)->end_behind_get = true;
    pthread_mutex_unlock(&jobs->lock);
}

void fake_job_log(struct jobs *jobs, const char *job_id, int stream, const char *text)
{
    char *path = jobs_log_path(jobs, job_id);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0 || log_append(fd, stream, text, strlen(text)) != 0)
        abort();
    (void)close(fd);
    free(path);
}
