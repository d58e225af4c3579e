/* SPDX-License-Identifier: Apache-2.0 */
/* One file of those that a job left in /job/output: whole, a part of it, or the word that it has
 * not changed. */
#include "http/calls.h"
#include "http/desk.h"
#include "http/endpoints.h"
#include "http/file_answer.h"
#include "http/file_headers.h"
#include "http/pump.h"
#include "http/reply.h"
#include "http/request_headers.h"
#include "job/job_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* ---- on the desk ---- */

static void open_file(struct exchange *ex)
{
    ex->err = jobs_open_output(ex->server->parts.jobs, ex->route.job_id, ex->route.file, &ex->file,
                               &ex->file_status);
}

static ssize_t read_file(struct exchange *ex, char *buffer, size_t size)
{
    size_t length = ex->file_left < size ? (size_t)ex->file_left : size;
    ssize_t got = pread(ex->file, buffer, length, (off_t)ex->file_offset);

    if (got <= 0) /* it is shorter than it was */
        return got < 0 ? -errno : -ESTALE;
    ex->file_offset += (uint64_t)got;
    ex->file_left -= (uint64_t)got;
    return got;
}

/* ---- the answer ---- */

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value);
}

/* A file is what a script wrote: a browser is to save it, and if it shows it all the same,
 * without any rights. */
static void add_file_headers(const struct exchange *ex, struct MHD_Response *response)
{
    char *disposition = file_disposition(ex->route.file);

    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, file_content_type(ex->route.file));
    add_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    add_header(response, "Content-Security-Policy", "default-src 'none'; sandbox");
    if (disposition != NULL)
        add_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
    free(disposition);
}

/* What may be kept is to be asked for again each time: the job may be deleted. */
static void add_validators(struct MHD_Response *response, const struct validators *validators)
{
    char date[HTTP_DATE_BYTES];

    if (validators->etag != NULL) {
        add_header(response, MHD_HTTP_HEADER_ETAG, validators->etag);
        add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "private, no-cache");
    }
    if (validators->modified_s != NO_DATE && http_date_format(validators->modified_s, date))
        add_header(response, MHD_HTTP_HEADER_LAST_MODIFIED, date);
}

static enum MHD_Result answer_changed(struct exchange *ex)
{
    struct error *err =
        error_new(ERROR_CONFLICT, NULL,
                  "The output file \"%s\" is not the one that If-Match or If-Unmodified-Since "
                  "speaks of; ask without it, and start anew.",
                  ex->route.file);

    return reply_problem(ex, MHD_HTTP_PRECONDITION_FAILED, err);
}

static enum MHD_Result answer_outside(struct exchange *ex)
{
    unsigned long long size = (unsigned long long)ex->file_status.st_size;
    const unsigned status = MHD_HTTP_RANGE_NOT_SATISFIABLE;
    struct MHD_Response *response =
        reply_problem_new(ex, status,
                          error_new(ERROR_INVALID, "Range",
                                    "The output file \"%s\" ends before that: it has %llu bytes.",
                                    ex->route.file, size));
    char text[64];

    (void)snprintf(text, sizeof(text), "bytes */%llu", size);
    if (response != NULL)
        add_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, text);
    return reply_queue(ex, status, response);
}

static enum MHD_Result answer_unchanged(struct exchange *ex, const struct validators *validators)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (response != NULL)
        add_validators(response, validators);
    return reply_queue(ex, MHD_HTTP_NOT_MODIFIED, response);
}

static enum MHD_Result answer_bytes(struct exchange *ex, const struct file_answer *answer,
                                    const struct validators *validators)
{
    struct MHD_Response *response = pump_response(ex, read_file, answer->part.length);
    char text[CONTENT_RANGE_BYTES];

    if (response == NULL)
        return reply_no_memory(ex);
    ex->file_offset = answer->part.first;
    ex->file_left = answer->part.length;
    add_file_headers(ex, response);
    add_validators(response, validators);
    if (answer->status == MHD_HTTP_PARTIAL_CONTENT) {
        content_range_format(&answer->part, (uint64_t)ex->file_status.st_size, text);
        add_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, text);
    }
    return reply_queue(ex, answer->status, response);
}

static enum MHD_Result file_opened(struct exchange *ex)
{
    if (ex->err != NULL)
        return reply_error(ex);
    struct file_validators validators;
    struct request_conditions asked;

    file_validators_make(&ex->file_status, job_status_terminal(ex->record->status), time(NULL),
                         &validators);
    request_conditions_read(ex->connection, &asked);
    const struct file_answer answer =
        file_answer_find(ex->method, &asked.conditions, asked.range, &validators.validators,
                         (uint64_t)ex->file_status.st_size);
    request_conditions_clear(&asked);
    switch (answer.status) {
    case MHD_HTTP_PRECONDITION_FAILED:
        return answer_changed(ex);
    case MHD_HTTP_RANGE_NOT_SATISFIABLE:
        return answer_outside(ex);
    case MHD_HTTP_NOT_MODIFIED:
        return answer_unchanged(ex, &validators.validators);
    default:
        return answer_bytes(ex, &answer, &validators.validators);
    }
}

static enum MHD_Result file_job_found(struct exchange *ex)
{
    return ex->err != NULL ? reply_error(ex) : desk_do(ex, open_file, file_opened);
}

enum MHD_Result output_file_begin(struct exchange *ex)
{
    return call_get(ex, file_job_found);
}
