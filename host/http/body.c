/* SPDX-License-Identifier: Apache-2.0 */
#include "http/body.h"

#include "http/problem.h"
#include "http/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* How much of an oversized body is swallowed, so that its sender gets to read the answer
 * (closing a socket with unread bytes in it takes the answer back). */
static const uint64_t LINGER_BYTES = 256u << 20;

static struct error *too_large(const struct exchange *ex)
{
    return error_new(ERROR_TOO_LARGE, NULL,
                     "The body is larger than the %llu bytes that this server takes; send less, "
                     "or let the operator raise http.max_body_bytes.",
                     (unsigned long long)ex->settings->http_max_body_bytes);
}

/* libmicrohttpd has no way to answer in the middle of a body.  But here, on its own
 * thread, nothing else is being sent on this connection: say it, and say no more. */
static void refuse_size(struct exchange *ex)
{
    struct error *err = too_large(ex);
    char *text = problem_text(MHD_HTTP_CONTENT_TOO_LARGE, err);
    char *answer = NULL;

    error_free(err);
    if (text != NULL &&
        asprintf(&answer,
                 "HTTP/1.1 413 Content Too Large\r\nContent-Type: " PROBLEM_TYPE "\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                 strlen(text), text) > 0)
        (void)send(ex->client->fd, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(ex->client->fd, SHUT_WR);
    free(answer);
    free(text);
    ex->lingering = true;
    free(body_hand_over(ex));
}

enum MHD_Result body_announced(struct exchange *ex)
{
    const char *length = MHD_lookup_connection_value(ex->connection, MHD_HEADER_KIND,
                                                     MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *expect =
        MHD_lookup_connection_value(ex->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT);

    /* libmicrohttpd has refused what is no number. */
    if (length != NULL && strtoull(length, NULL, 10) > ex->settings->http_max_body_bytes)
        refuse_size(ex);
    else if (ex->refusal != NULL && expect != NULL && strcasecmp(expect, "100-continue") == 0) {
        struct error *err = ex->refusal;

        ex->refusal = NULL;
        return reply_problem(ex, ex->refusal_status, err);
    }
    return MHD_YES;
}

char *body_hand_over(struct exchange *ex)
{
    char *body = ex->body;

    ex->server->body_bytes -= ex->body_size;
    ex->body = NULL;
    ex->body_size = 0;
    return body;
}

static bool make_room(struct exchange *ex, size_t length)
{
    struct http_server *server = ex->server;
    uint64_t largest = ex->settings->http_max_body_bytes;
    size_t needed = ex->body_length + length + 1; /* at most largest + 1 */
    size_t size = ex->body_size > 0 ? ex->body_size : 4096;

    while (size < needed)
        size *= 2;
    if (size > largest + 1)
        size = (size_t)largest + 1;
    if (size <= ex->body_size)
        return true;
    if (server->body_bytes + (size - ex->body_size) > (largest + 1) * HTTP_BODIES_AT_ONCE)
        return false;
    char *body = realloc(ex->body, size);
    if (body == NULL)
        return false;
    server->body_bytes += size - ex->body_size;
    ex->body = body;
    ex->body_size = size;
    return true;
}

/* Many large bodies at once must not take all memory: the rest of this one is passed over,
 * then it is refused. */
static void refuse_for_now(struct exchange *ex)
{
    free(body_hand_over(ex));
    ex->keeps_body = false;
    ex->refusal = error_new(ERROR_UNAVAILABLE, NULL,
                            "Too many large submissions are arriving at once; try again.");
    ex->refusal->retry_after_seconds = 1;
}

enum MHD_Result body_take(struct exchange *ex, const char *bytes, size_t length)
{
    ex->body_seen += length;
    if (ex->lingering)
        return ex->body_seen < LINGER_BYTES ? MHD_YES : MHD_NO;
    if (ex->body_seen > ex->settings->http_max_body_bytes) {
        refuse_size(ex);
        return MHD_YES;
    }
    if (!ex->keeps_body)
        return MHD_YES;
    if (!make_room(ex, length)) {
        refuse_for_now(ex);
        return MHD_YES;
    }
    memcpy(ex->body + ex->body_length, bytes, length);
    ex->body_length += length;
    ex->body[ex->body_length] = '\0';
    return MHD_YES;
}
