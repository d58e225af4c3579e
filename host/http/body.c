/* SPDX-License-Identifier: Apache-2.0 */
#include "http/body.h"

#include "http/intake.h"
#include "http/reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* How much of an oversized body is swallowed, so that its sender gets to read the answer
 * (closing a socket with unread bytes in it takes the answer back). */
static const uint64_t LINGER_BYTES = 256u << 20;

static uint64_t body_limit(const struct exchange *ex)
{
    return ex->in_parts && ex->refusal == NULL ? ex->settings->http_max_upload_bytes
                                               : ex->settings->http_max_body_bytes;
}

static struct error *too_large(const struct exchange *ex)
{
    return error_new(ERROR_TOO_LARGE, NULL,
                     "The body is larger than the %llu bytes that this server takes; send less, "
                     "or let the operator raise %s.",
                     (unsigned long long)body_limit(ex),
                     ex->in_parts ? "http.max_upload_bytes" : "http.max_body_bytes");
}

/* libmicrohttpd has no way to answer in the middle of a body.  But here, on its own
 * thread, nothing else is being sent on this connection: say it, and say no more. */
static void refuse_early(struct exchange *ex, struct error *err)
{
    size_t length = 0;
    char *answer = reply_problem_bytes(ex, ex->refusal_status, err, &length);

    ex->refusal = NULL;
    if (answer != NULL)
        (void)send(ex->client->fd, answer, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(ex->client->fd, SHUT_WR);
    free(answer);
    ex->lingering = true;
    client_is_due(ex->server, ex->client, ex->settings->http_request_timeout_ms);
    body_drop(ex);
}

static const char *header(const struct exchange *ex, const char *name)
{
    return MHD_lookup_connection_value(ex->connection, MHD_HEADER_KIND, name);
}

enum MHD_Result body_announced(struct exchange *ex)
{
    const char *length = header(ex, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *expect = header(ex, MHD_HTTP_HEADER_EXPECT);
    /* libmicrohttpd has refused what is no number. */
    uint64_t announced = length != NULL ? strtoull(length, NULL, 10) : 0;

    if (ex->refusal == NULL && announced > body_limit(ex)) {
        refuse_early(ex, too_large(ex));
        return MHD_YES;
    }
    if (ex->in_parts && ex->refusal == NULL)
        ex->refusal = intake_begin(ex);
    if (ex->refusal == NULL)
        return MHD_YES;
    if (expect != NULL && strcasecmp(expect, "100-continue") == 0) {
        struct error *err = ex->refusal;

        ex->refusal = NULL;
        return reply_problem(ex, ex->refusal_status, err);
    }
    if (announced > ex->settings->http_max_body_bytes) /* too much to be swallowed first */
        refuse_early(ex, ex->refusal);
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

void body_drop(struct exchange *ex)
{
    free(body_hand_over(ex));
    intake_leave(ex);
}

static enum MHD_Result linger(struct exchange *ex, size_t length)
{
    ex->body_seen += length;
    return ex->body_seen < LINGER_BYTES ? MHD_YES : MHD_NO;
}

static enum MHD_Result take_parts(struct exchange *ex, const char *bytes, size_t *length)
{
    size_t offered = *length;
    enum MHD_Result result = intake_take(ex, bytes, length);

    ex->body_seen += offered - *length;
    if (ex->refusal == NULL)
        return result;
    *length = 0;
    refuse_early(ex, ex->refusal);
    return MHD_YES;
}

static void keep(struct exchange *ex, const char *bytes, size_t length)
{
    if (!make_room(ex, length)) {
        refuse_for_now(ex);
        return;
    }
    memcpy(ex->body + ex->body_length, bytes, length);
    ex->body_length += length;
    ex->body[ex->body_length] = '\0';
}

enum MHD_Result body_take(struct exchange *ex, const char *bytes, size_t *length)
{
    size_t offered = *length;

    if (!ex->lingering && ex->body_seen + offered > body_limit(ex))
        refuse_early(ex, ex->refusal != NULL ? ex->refusal : too_large(ex));
    if (!ex->lingering && ex->intake != NULL)
        return take_parts(ex, bytes, length);
    *length = 0;
    if (ex->lingering)
        return linger(ex, offered);
    ex->body_seen += offered;
    if (ex->keeps_body)
        keep(ex, bytes, offered);
    return MHD_YES;
}
