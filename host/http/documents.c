/* SPDX-License-Identifier: Apache-2.0 */
#include "http/documents.h"

#include "http/server.h"
#include "job/job_json.h"
#include "logs/log_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
        log_read_all(path, LOG_ALL, HTTP_DOCUMENT_LOG_BYTES, &material->logs, &length, &cut);
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
    uint64_t size = 0;
    int64_t modified_ms;
    ERROR_AUTO err = jobs_open_output(jobs, job_id, "result.json", &fd, &size, &modified_ms);

    if (err != NULL)
        return;
    if (size > 0 && size <= HTTP_DOCUMENT_LOG_BYTES)
        material->result = malloc((size_t)size);
    if (material->result != NULL && read_whole(fd, material->result, (size_t)size)) {
        material->extras.result = material->result;
        material->extras.result_length = (size_t)size;
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

void cursor_format(int64_t sequence, char text[static CURSOR_BYTES])
{
    (void)snprintf(text, CURSOR_BYTES, "c%llx", (unsigned long long)sequence);
}

bool cursor_parse(const char *text, int64_t *sequence)
{
    size_t digits = text[0] == 'c' ? strspn(text + 1, "0123456789abcdef") : 0;

    if (digits == 0 || digits > 15 || text[1 + digits] != '\0')
        return false;
    *sequence = (int64_t)strtoull(text + 1, NULL, 16);
    return *sequence > 0;
}

static bool add_document(struct jobs *jobs, cJSON *list, const struct job_record *record)
{
    char *progress = job_status_terminal(record->status) ? NULL : jobs_progress(jobs, record->id);
    const struct job_json_extras extras = { .progress = progress };
    cJSON *document = job_json(record, &extras);

    free(progress);
    if (document != NULL && cJSON_AddItemToArray(list, document))
        return true;
    cJSON_Delete(document);
    return false;
}

static bool add_cursor(cJSON *page, const struct job_record *last)
{
    char cursor[CURSOR_BYTES];

    if (last == NULL)
        return cJSON_AddNullToObject(page, "next_cursor") != NULL;
    cursor_format(last->sequence, cursor);
    return cJSON_AddStringToObject(page, "next_cursor", cursor) != NULL;
}

struct error *document_list_text(struct jobs *jobs, struct job_record **records, size_t count,
                                 size_t limit, char **text)
{
    cJSON *page = cJSON_CreateObject();
    cJSON *list = page != NULL ? cJSON_AddArrayToObject(page, "jobs") : NULL;
    bool more = count > limit;
    bool complete = list != NULL;

    for (size_t i = 0; complete && i < (more ? limit : count); i++)
        complete = add_document(jobs, list, records[i]);
    complete = complete && add_cursor(page, more ? records[limit - 1] : NULL);
    *text = complete ? cJSON_PrintUnformatted(page) : NULL;
    cJSON_Delete(page);
    return *text != NULL ? NULL : no_memory();
}
