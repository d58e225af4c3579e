/* SPDX-License-Identifier: Apache-2.0 */
/* All that a job left in /job/output, as one tar archive. */
#include "http/calls.h"
#include "http/desk.h"
#include "http/endpoints.h"
#include "http/pump.h"
#include "http/reply.h"
#include "job/output_archive.h"

#include <stdio.h>

/* Its place goes back with the exchange. */
static bool take_place(struct exchange *ex)
{
    struct http_server *server = ex->server;

    pthread_mutex_lock(&server->lock);
    ex->has_archive_place = server->archives < HTTP_ARCHIVES_AT_ONCE;
    server->archives += ex->has_archive_place;
    pthread_mutex_unlock(&server->lock);
    return ex->has_archive_place;
}

static enum MHD_Result answer_busy(struct exchange *ex)
{
    struct error *err = error_new(ERROR_UNAVAILABLE, NULL,
                                  "This server is already sending %d archives; try again later, or "
                                  "fetch the files one by one.",
                                  (int)HTTP_ARCHIVES_AT_ONCE);

    err->retry_after_seconds = 5;
    return reply_problem(ex, 0, err);
}

static void open_archive(struct exchange *ex)
{
    ex->err = jobs_open_archive(ex->server->parts.jobs, ex->route.job_id, &ex->archive);
}

static ssize_t read_archive(struct exchange *ex, char *buffer, size_t size)
{
    return output_archive_read(ex->archive, buffer, size);
}

static enum MHD_Result archive_opened(struct exchange *ex)
{
    char disposition[JOB_ID_BYTES + 64];

    if (ex->err != NULL)
        return reply_error(ex);
    struct MHD_Response *response = pump_response(ex, read_archive, MHD_SIZE_UNKNOWN);
    if (response == NULL)
        return reply_no_memory(ex);
    (void)snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s.tar\"",
                   ex->route.job_id);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/x-tar");
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
    return reply_queue(ex, MHD_HTTP_OK, response);
}

static enum MHD_Result archive_job_found(struct exchange *ex)
{
    if (ex->err != NULL)
        return reply_error(ex);
    return take_place(ex) ? desk_do(ex, open_archive, archive_opened) : answer_busy(ex);
}

enum MHD_Result output_archive_begin(struct exchange *ex)
{
    return call_get(ex, archive_job_found);
}
