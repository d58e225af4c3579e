/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions in parts for the jobs room of paper: real uploads, which are then submitted as
 * JSON. */
#include "fake_jobs.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *last_upload;
static struct error *next_refusal;

struct error *jobs_new_upload(struct jobs *jobs, const struct settings *settings,
                              struct upload **upload)
{
    const struct upload_bounds bounds = { .incoming_fd = fake_jobs_incoming(jobs),
                                          .memory_bytes = settings->http_max_body_bytes,
                                          .files = settings->job_max_files };

    pthread_mutex_lock(&lock);
    struct error *err = next_refusal;
    next_refusal = NULL;
    pthread_mutex_unlock(&lock);
    if (err == NULL)
        *upload = upload_new(&bounds);
    return err;
}

static void add_text(cJSON *object, const char *name, const struct submission_text *text)
{
    if (text->given)
        cJSON_AddStringToObject(object, name, text->bytes);
}

static void add_file(cJSON *object, int incoming_fd, const struct staged_file *file)
{
    char *bytes = calloc(1, file->length + 1);
    int fd = openat(incoming_fd, file->staged, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || read(fd, bytes, file->length) != (ssize_t)file->length)
        abort();
    cJSON_AddStringToObject(object, file->path, bytes);
    (void)close(fd);
    free(bytes);
}

static char *describe(struct jobs *jobs, struct upload *upload)
{
    const struct submission_parts *parts;
    struct error *err = upload_end(upload, &parts);

    if (err != NULL)
        abort();
    cJSON *document =
        parts->options.given ? cJSON_Parse(parts->options.bytes) : cJSON_CreateObject();
    add_text(document, "script", &parts->script);
    add_text(document, "request", &parts->request);
    cJSON *files = cJSON_AddObjectToObject(document, "files");
    for (size_t i = 0; i < parts->file_count; i++)
        add_file(files, fake_jobs_incoming(jobs), &parts->files[i]);
    char *text = cJSON_PrintUnformatted(document);
    cJSON_Delete(document);
    return text;
}

void jobs_submit_upload(struct jobs *jobs, struct upload *upload, const char *idempotency_key,
                        jobs_record_fn reply, void *context)
{
    char *text = describe(jobs, upload);

    upload_free(upload);
    pthread_mutex_lock(&lock);
    free(last_upload);
    last_upload = strdup(text);
    pthread_mutex_unlock(&lock);
    jobs_submit(jobs, text, strlen(text), idempotency_key, reply, context);
}

void jobs_drop_upload(struct jobs *jobs, struct upload *upload)
{
    (void)jobs;
    upload_free(upload);
}

char *fake_jobs_last_upload(void)
{
    pthread_mutex_lock(&lock);
    char *text = last_upload;
    last_upload = NULL;
    pthread_mutex_unlock(&lock);
    return text;
}

void fake_jobs_refuse_next_upload(enum error_kind kind, int retry_after_seconds)
{
    pthread_mutex_lock(&lock);
    next_refusal = error_new(kind, NULL, "Refused by the fake before it arrives.");
    next_refusal->retry_after_seconds = retry_after_seconds;
    pthread_mutex_unlock(&lock);
}
