/* SPDX-License-Identifier: Apache-2.0 */
/* What a job left in /job/output: the list. */
#include "http/calls.h"
#include "http/desk.h"
#include "http/endpoints.h"
#include "http/reply.h"
#include "job/job_json.h"

#include <string.h>

enum { OUTPUT_LIST_MAX = 10000 };

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
