/* SPDX-License-Identifier: Apache-2.0 */
/* One job: submit, look at, wait for, cancel, delete. */
#include "base/clock.h"
#include "http/body.h"
#include "http/calls.h"
#include "http/desk.h"
#include "http/endpoints.h"
#include "http/intake.h"
#include "http/query.h"
#include "http/reply.h"
#include "http/watch.h"
#include "job/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the document ---- */

static void make_document(struct exchange *ex)
{
    ex->err = document_text(ex->server->parts.jobs, ex->record, ex->with_logs, &ex->text);
}

static enum MHD_Result document_made(struct exchange *ex)
{
    char location[sizeof("/api/jobs/") + JOB_ID_MAX];
    char *text = ex->text;

    if (ex->err != NULL)
        return reply_error(ex);
    ex->text = NULL;
    struct MHD_Response *response = reply_new("application/json", text, strlen(text));
    if (response != NULL && ex->submitted) {
        (void)snprintf(location, sizeof(location), "/api/jobs/%s", ex->record->id);
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, location);
    }
    bool ended = job_status_terminal(ex->record->status);
    return reply_queue(ex, ended ? ex->status_ended : ex->status_live, response);
}

static enum MHD_Result send_document(struct exchange *ex)
{
    if (job_status_terminal(ex->record->status) || ex->with_logs)
        return desk_do(ex, make_document, document_made);
    make_document(ex); /* nothing of it lies in a file */
    return document_made(ex);
}

/* ---- waiting ---- */

static enum MHD_Result job_found(struct exchange *ex);

static enum MHD_Result wait_over(struct exchange *ex)
{
    return call_get(ex, job_found);
}

static enum MHD_Result wait_for_end(struct exchange *ex)
{
    int64_t wait_ms = ex->wait_ms;

    if (ex->record->timeout_ms < (uint64_t)wait_ms)
        wait_ms = (int64_t)ex->record->timeout_ms;
    ex->waited = true;
    if (exchange_sleep(ex, wait_over, clock_monotonic_ms() + wait_ms))
        return MHD_YES;
    return wait_over(ex);
}

static enum MHD_Result job_found(struct exchange *ex)
{
    if (ex->err != NULL)
        return reply_error(ex);
    bool ended = job_status_terminal(ex->record->status);
    if (!ended && ex->wait_ms > 0 && !ex->waited)
        return wait_for_end(ex);
    if (ended && ex->submitted)
        ex->with_logs = true;
    return send_document(ex);
}

enum MHD_Result job_begin(struct exchange *ex)
{
    struct error *err = query_seconds(&ex->uri, "wait", HTTP_WAIT_MAX_MS, &ex->wait_ms);

    if (err == NULL)
        err = query_bool(&ex->uri, "logs", &ex->with_logs);
    if (err != NULL)
        return reply_problem(ex, 0, err);
    if (ex->wait_ms > 0 && !watch_join(ex, ex->route.job_id, false))
        return reply_no_memory(ex);
    return call_get(ex, job_found);
}

/* ---- submitting ---- */

static enum MHD_Result submit_answered(struct exchange *ex)
{
    if (ex->err != NULL)
        return reply_error(ex);
    memcpy(ex->route.job_id, ex->record->id, sizeof(ex->route.job_id));
    if (ex->wait_ms == 0)
        return send_document(ex);
    /* The record may be older than the watch: look again. */
    if (!watch_join(ex, ex->route.job_id, false))
        return reply_no_memory(ex);
    return call_get(ex, job_found);
}

static const char *idempotency_key(const struct exchange *ex)
{
    return MHD_lookup_connection_value(ex->connection, MHD_HEADER_KIND, "Idempotency-Key");
}

static enum MHD_Result upload_complete(struct exchange *ex)
{
    if (ex->err != NULL)
        return reply_error(ex);
    if (!exchange_call(ex, submit_answered))
        return reply_stopping(ex);
    jobs_submit_upload(ex->server->parts.jobs, intake_hand_over(ex), idempotency_key(ex),
                       call_answered_record, ex);
    return MHD_YES;
}

enum MHD_Result submit_begin(struct exchange *ex)
{
    struct error *err = query_seconds(&ex->uri, "wait", HTTP_WAIT_MAX_MS, &ex->wait_ms);

    if (err == NULL && ex->body == NULL && ex->intake == NULL)
        err = error_new(ERROR_MALFORMED, NULL,
                        "The body is empty; send a JSON object with at least script_content.");
    if (err != NULL)
        return reply_problem(ex, 0, err);
    ex->submitted = true;
    ex->status_live = MHD_HTTP_ACCEPTED;
    if (ex->intake != NULL)
        return intake_finish(ex, upload_complete);
    if (!exchange_call(ex, submit_answered))
        return reply_stopping(ex);
    jobs_submit(ex->server->parts.jobs, body_hand_over(ex), ex->body_length, idempotency_key(ex),
                call_answered_record, ex);
    return MHD_YES;
}

/* ---- ending ---- */

static enum MHD_Result cancel_answered(struct exchange *ex)
{
    return ex->err != NULL ? reply_error(ex) : send_document(ex);
}

enum MHD_Result cancel_begin(struct exchange *ex)
{
    ex->status_live = ex->status_ended = MHD_HTTP_ACCEPTED;
    if (!exchange_call(ex, cancel_answered))
        return reply_stopping(ex);
    jobs_cancel(ex->server->parts.jobs, ex->route.job_id, call_answered_record, ex);
    return MHD_YES;
}

static enum MHD_Result delete_answered(struct exchange *ex)
{
    if (ex->err != NULL)
        return reply_error(ex);
    return reply_queue(ex, MHD_HTTP_NO_CONTENT,
                       MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
}

enum MHD_Result delete_begin(struct exchange *ex)
{
    if (!exchange_call(ex, delete_answered))
        return reply_stopping(ex);
    jobs_delete(ex->server->parts.jobs, ex->route.job_id, call_answered_done, ex);
    return MHD_YES;
}
