/* SPDX-License-Identifier: Apache-2.0 */
#include "job/document.h"

#include "job/job_json.h"
#include "logs/log_reader.h"

#include <stdlib.h>
#include <unistd.h>

enum { FILES_MAX = 1000 };

/* What a document is made of, owned. */
struct material {
    char *progress, *logs, *result;
    struct output_file *files;
    struct job_json_extras extras;
};

static void material_clear(struct material *material)
{
    free(material->progress);
    free(material->logs);
    free(material->result);
    output_files_free(material->files, material->extras.file_count);
}

static struct error *no_memory(void)
{
    return error_new(ERROR_INTERNAL, NULL, "Out of memory while making the job document.");
}

static struct error *read_logs(struct jobs *jobs, const char *job_id, struct material *material)
{
    char *path = jobs_log_path(jobs, job_id);
    size_t length = 0;
    bool cut = false;

    if (path == NULL)
        return no_memory();
    struct error *err =
        log_read_all(path, LOG_ALL, DOCUMENT_LOG_BYTES, &material->logs, &length, &cut);
    free(path);
    material->extras.logs = material->logs;
    material->extras.logs_length = length;
    material->extras.logs_cut = cut;
    return err;
}

/* A job's folder may vanish under a document that is being made (DELETE), and a script may
 * leave anything: then there are no outputs, and no result. */
static struct error *read_files(struct jobs *jobs, const char *job_id, struct material *material)
{
    struct job_json_extras *extras = &material->extras;
    struct error *err = jobs_list_outputs(jobs, job_id, FILES_MAX, &material->files,
                                          &extras->file_count, &extras->files_more);

    if (err != NULL && err->kind == ERROR_NOT_FOUND) {
        error_free(err);
        err = NULL;
    }
    extras->files = material->files;
    extras->has_files = true;
    return err;
}

static bool read_whole(int fd, char *bytes, size_t size)
{
    for (size_t used = 0; used < size;) {
        ssize_t got = read(fd, bytes + used, size - used);

        if (got <= 0)
            return false;
        used += (size_t)got;
    }
    return true;
}

static void read_result(struct jobs *jobs, const char *job_id, struct material *material)
{
    int fd = -1;
    struct stat status;
    ERROR_AUTO err = jobs_open_output(jobs, job_id, "result.json", &fd, &status);

    if (err != NULL)
        return;
    size_t size = (size_t)status.st_size;
    if (size > 0 && size <= DOCUMENT_LOG_BYTES)
        material->result = malloc(size);
    if (material->result != NULL && read_whole(fd, material->result, size)) {
        material->extras.result = material->result;
        material->extras.result_length = size;
    }
    (void)close(fd);
}

static struct error *gather(struct jobs *jobs, const struct job_record *record, bool with_logs,
                            struct material *material)
{
    struct error *err = with_logs ? read_logs(jobs, record->id, material) : NULL;

    if (err != NULL)
        return err;
    if (!job_status_terminal(record->status)) {
        material->progress = jobs_progress(jobs, record->id);
        material->extras.progress = material->progress;
        return NULL;
    }
    err = read_files(jobs, record->id, material);
    if (err == NULL)
        read_result(jobs, record->id, material);
    return err;
}

struct error *document_text(struct jobs *jobs, const struct job_record *record, bool with_logs,
                            char **text)
{
    struct material material = { 0 };
    struct error *err = gather(jobs, record, with_logs, &material);

    if (err == NULL) {
        cJSON *document = job_json(record, &material.extras);

        *text = document != NULL ? cJSON_PrintUnformatted(document) : NULL;
        cJSON_Delete(document);
        if (*text == NULL)
            err = no_memory();
    }
    material_clear(&material);
    return err;
}
