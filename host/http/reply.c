/* SPDX-License-Identifier: Apache-2.0 */
#include "http/reply.h"

#include "http/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TYPE "application/json"

static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

struct MHD_Response *reply_new(const char *type, char *text, size_t length)
{
    if (text == NULL)
        return NULL;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);

    if (response == NULL)
        free(text);
    else
        (void)add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    return response;
}

/* A page from another origin that the operator allowed may read the answer. */
static void add_cors_headers(const struct exchange *ex, struct MHD_Response *response)
{
    if (ex->listed_origin == NULL)
        return;
    (void)add_header(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, ex->listed_origin);
    (void)add_header(response, MHD_HTTP_HEADER_VARY, "Origin");
    (void)add_header(response, "Access-Control-Expose-Headers",
                     "Location, Retry-After, X-Logs-Truncated, X-Logs-Damaged, ETag, "
                     "Accept-Ranges, Content-Range, Content-Disposition");
}

static void add_common_headers(const struct exchange *ex, struct MHD_Response *response)
{
    (void)add_header(response, "X-Content-Type-Options", "nosniff");
    if (MHD_get_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL) == NULL)
        (void)add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add_cors_headers(ex, response);
}

enum MHD_Result reply_queue(struct exchange *ex, unsigned status, struct MHD_Response *response)
{
    if (response == NULL) /* no memory even for an answer: the connection ends */
        return MHD_NO;
    add_common_headers(ex, response);
    enum MHD_Result queued = MHD_queue_response(ex->connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result reply_json(struct exchange *ex, unsigned status, cJSON *body)
{
    char *text = body != NULL ? cJSON_PrintUnformatted(body) : NULL;

    cJSON_Delete(body);
    return reply_queue(ex, status, reply_new(JSON_TYPE, text, text != NULL ? strlen(text) : 0));
}

/* What goes with a status besides the document. */
static void add_problem_headers(const struct exchange *ex, struct MHD_Response *response,
                                unsigned status, const struct error *err)
{
    char text[ROUTE_ALLOW_BYTES];

    if (err->retry_after_seconds > 0) {
        (void)snprintf(text, sizeof(text), "%d", err->retry_after_seconds);
        (void)add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, text);
    }
    if (status == MHD_HTTP_UNAUTHORIZED)
        (void)add_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                         "Bearer realm=\"maps-backend\"");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        route_allow(route_methods(ex->route.endpoint), text);
        (void)add_header(response, MHD_HTTP_HEADER_ALLOW, text);
    }
}

static enum MHD_Result print_header(void *out, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    (void)kind;
    (void)fprintf(out, "%s: %s\r\n", name, value);
    return MHD_YES;
}

char *reply_problem_bytes(struct exchange *ex, unsigned status, struct error *err, size_t *length)
{
    if (status == 0)
        status = problem_status(err->kind);
    char *text = problem_text(status, err), *bytes = NULL;
    FILE *out = text != NULL ? open_memstream(&bytes, length) : NULL;
    struct MHD_Response *response =
        out != NULL ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT) : NULL;

    if (response != NULL) { /* to hold the headers only */
        add_common_headers(ex, response);
        add_problem_headers(ex, response, status, err);
        (void)fprintf(out, "HTTP/1.1 %u %s\r\n", status, problem_title(status));
        (void)MHD_get_response_headers(response, print_header, out);
        (void)fprintf(out,
                      "Content-Type: " PROBLEM_TYPE "\r\nContent-Length: %zu\r\n"
                      "Connection: close\r\n\r\n%s",
                      strlen(text), text);
        MHD_destroy_response(response);
    }
    if (out != NULL)
        (void)fclose(out);
    free(text);
    error_free(err);
    return bytes;
}

struct MHD_Response *reply_problem_new(const struct exchange *ex, unsigned status,
                                       struct error *err)
{
    char *text = problem_text(status, err);
    struct MHD_Response *response = reply_new(PROBLEM_TYPE, text, text != NULL ? strlen(text) : 0);

    if (response != NULL)
        add_problem_headers(ex, response, status, err);
    error_free(err);
    return response;
}

enum MHD_Result reply_problem(struct exchange *ex, unsigned status, struct error *err)
{
    if (status == 0)
        status = problem_status(err->kind);
    return reply_queue(ex, status, reply_problem_new(ex, status, err));
}

enum MHD_Result reply_error(struct exchange *ex)
{
    struct error *err = ex->err;

    ex->err = NULL;
    return reply_problem(ex, 0, err);
}

enum MHD_Result reply_stopping(struct exchange *ex)
{
    struct error *err = error_new(ERROR_UNAVAILABLE, NULL,
                                  "The server is stopping before this could be answered; ask "
                                  "again when it is back (a submission may have been accepted: "
                                  "an Idempotency-Key makes repeating it safe).");

    err->retry_after_seconds = 5;
    return reply_problem(ex, 0, err);
}

enum MHD_Result reply_no_memory(struct exchange *ex)
{
    return reply_problem(
        ex, 0, error_new(ERROR_INTERNAL, NULL, "Out of memory while answering; try again later."));
}
