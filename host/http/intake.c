/* SPDX-License-Identifier: Apache-2.0 */
#include "http/intake.h"

#include "http/desk.h"
#include "http/multipart.h"
#include "http/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Large enough that a suspension for each does not matter, small enough for many at once. */
enum { BUFFER_BYTES = 256 * 1024 };

struct intake {
    struct jobs *jobs;
    struct multipart *multipart;
    struct upload *upload;
    bool has_place;    /* counts in server->uploads */
    uint64_t reserved; /* of server->body_bytes */
    size_t length;     /* in the buffer */
    char buffer[BUFFER_BYTES];
};

/* ---- parts, on the desk ---- */

static struct error *on_part(void *upload, const char *name, const char *filename)
{
    return upload_part(upload, name, filename);
}

static struct error *on_bytes(void *upload, const char *bytes, size_t length)
{
    return upload_bytes(upload, bytes, length);
}

static void take_apart(struct exchange *ex)
{
    struct intake *intake = ex->intake;

    ex->err = multipart_feed(intake->multipart, intake->buffer, intake->length);
    intake->length = 0;
}

static void take_last_apart(struct exchange *ex)
{
    take_apart(ex);
    if (ex->err == NULL)
        ex->err = multipart_end(ex->intake->multipart);
}

/* ---- life ---- */

static struct error *too_many(void)
{
    struct error *err = error_new(ERROR_UNAVAILABLE, NULL,
                                  "Too many large submissions are arriving at once; try again.");

    err->retry_after_seconds = 1;
    return err;
}

static struct error *intake_new(struct exchange *ex, struct intake *intake)
{
    struct jobs *jobs = ex->server->parts.jobs;
    struct error *err = jobs_new_upload(jobs, ex->settings, &intake->upload);
    const struct multipart_taker taker = { .part = on_part,
                                           .bytes = on_bytes,
                                           .context = intake->upload };

    intake->jobs = jobs;
    if (err != NULL)
        return err;
    return multipart_new(
        MHD_lookup_connection_value(ex->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE),
        &taker, &intake->multipart);
}

struct error *intake_begin(struct exchange *ex)
{
    if (ex->server->uploads >= HTTP_UPLOADS_AT_ONCE)
        return too_many();
    struct intake *intake = malloc(sizeof(*intake));
    if (intake == NULL)
        return error_errno(ENOMEM, "Taking the submission");
    memset(intake, 0, offsetof(struct intake, buffer));
    struct error *err = intake_new(ex, intake);
    if (err != NULL) {
        intake_free(intake);
        return err;
    }
    ex->intake = intake;
    intake->has_place = true;
    ex->server->uploads++;
    client_is_due(ex->server, ex->client, ex->settings->http_upload_timeout_ms);
    return NULL;
}

void intake_free(struct intake *intake)
{
    if (intake == NULL)
        return;
    multipart_free(intake->multipart);
    jobs_drop_upload(intake->jobs, intake->upload);
    free(intake);
}

struct upload *intake_hand_over(struct exchange *ex)
{
    struct upload *upload = ex->intake->upload;

    ex->intake->upload = NULL;
    return upload;
}

void intake_leave(struct exchange *ex)
{
    struct intake *intake = ex->intake;

    if (intake == NULL)
        return;
    ex->server->body_bytes -= intake->reserved;
    intake->reserved = 0;
    ex->server->uploads -= intake->has_place;
    intake->has_place = false;
}

/* ---- taking ---- */

/* Room for the most that taking the buffer apart can add to what the upload holds in memory,
 * out of what all bodies share. */
static bool reserve(struct exchange *ex)
{
    struct http_server *server = ex->server;
    struct intake *intake = ex->intake;
    uint64_t largest = ex->settings->http_max_body_bytes;
    uint64_t others = server->body_bytes - intake->reserved;
    uint64_t needed = upload_memory(intake->upload) + intake->length;

    if (needed > largest)
        needed = largest;
    if (others + needed > (largest + 1) * HTTP_BODIES_AT_ONCE)
        return false;
    server->body_bytes = others + needed;
    intake->reserved = needed;
    return true;
}

enum MHD_Result intake_take(struct exchange *ex, const char *bytes, size_t *length)
{
    struct intake *intake = ex->intake;

    if (exchange_given_up(ex))
        return MHD_NO;
    if (ex->err != NULL) { /* of what came before */
        ex->refusal = ex->err;
        ex->err = NULL;
        return MHD_YES;
    }
    size_t room = sizeof(intake->buffer) - intake->length;
    size_t taken = *length < room ? *length : room;
    memcpy(intake->buffer + intake->length, bytes, taken);
    intake->length += taken;
    *length -= taken;
    if (taken < room)
        return MHD_YES;
    if (reserve(ex)) /* then libmicrohttpd comes with more of the body: no step follows */
        return desk_do(ex, take_apart, NULL);
    ex->refusal = too_many();
    return MHD_YES;
}

enum MHD_Result intake_finish(struct exchange *ex, exchange_step next)
{
    if (ex->err != NULL)
        return reply_error(ex);
    if (!reserve(ex))
        return reply_problem(ex, 0, too_many());
    return desk_do(ex, take_last_apart, next);
}
