/* SPDX-License-Identifier: Apache-2.0 */
/* What a job left in /job/output: the list, and each file. */
#include "http/calls.h"
#include "http/desk.h"
#include "http/endpoints.h"
#include "http/file_headers.h"
#include "http/reply.h"
#include "job/job_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OUTPUT_LIST_MAX = 10000 };

/* ---- the list ---- */

static char *list_text(const struct output_file *files, size_t count, bool more)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *list = output_files_json(files, count);
    char *text = NULL;

    if (object == NULL || list == NULL || !cJSON_AddItemToObject(object, "files", list))
        cJSON_Delete(list);
    else if (cJSON_AddBoolToObject(object, "more", more) != NULL)
        text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

static void make_list(struct exchange *ex)
{
    struct output_file *files = NULL;
    size_t count = 0;
    bool more = false;

    ex->err = jobs_list_outputs(ex->server->parts.jobs, ex->route.job_id, OUTPUT_LIST_MAX, &files,
                                &count, &more);
    if (ex->err == NULL)
        ex->text = list_text(files, count, more);
    output_files_free(files, count);
}

static enum MHD_Result list_made(struct exchange *ex)
{
    char *text = ex->text;

    if (ex->err != NULL)
        return reply_error(ex);
    if (text == NULL)
        return reply_no_memory(ex);
    ex->text = NULL;
    return reply_queue(ex, MHD_HTTP_OK, reply_new("application/json", text, strlen(text)));
}

static enum MHD_Result list_job_found(struct exchange *ex)
{
    return ex->err != NULL ? reply_error(ex) : desk_do(ex, make_list, list_made);
}

enum MHD_Result output_list_begin(struct exchange *ex)
{
    return call_get(ex, list_job_found);
}

/* ---- one file ---- */

static void open_file(struct exchange *ex)
{
    ex->err = jobs_open_output(ex->server->parts.jobs, ex->route.job_id, ex->route.file, &ex->file,
                               &ex->file_size, &ex->file_modified_ms);
}

/* A file is what a script wrote: a browser is to save it, and if it shows it all the same,
 * without any rights. */
static void add_file_headers(const struct exchange *ex, struct MHD_Response *response)
{
    char *disposition = file_disposition(ex->route.file);
    char modified[64];
    time_t seconds = (time_t)(ex->file_modified_ms / 1000);
    struct tm parts;

    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                  file_content_type(ex->route.file));
    (void)MHD_add_response_header(response, "Content-Security-Policy",
                                  "default-src 'none'; sandbox");
    if (disposition != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
    free(disposition);
    if (gmtime_r(&seconds, &parts) != NULL &&
        strftime(modified, sizeof(modified), "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_LAST_MODIFIED, modified);
}

static enum MHD_Result file_opened(struct exchange *ex)
{
    if (ex->err != NULL)
        return reply_error(ex);
    struct MHD_Response *response = MHD_create_response_from_fd64(ex->file_size, ex->file);
    if (response == NULL)
        return reply_no_memory(ex);
    ex->file = -1; /* the response closes it */
    add_file_headers(ex, response);
    return reply_queue(ex, MHD_HTTP_OK, response);
}

static enum MHD_Result file_job_found(struct exchange *ex)
{
    return ex->err != NULL ? reply_error(ex) : desk_do(ex, open_file, file_opened);
}

enum MHD_Result output_file_begin(struct exchange *ex)
{
    return call_get(ex, file_job_found);
}
