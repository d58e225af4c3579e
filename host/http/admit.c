/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admit.h"

#include "http/gate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *header(const struct exchange *ex, const char *name)
{
    return MHD_lookup_connection_value(ex->connection, MHD_HEADER_KIND, name);
}

struct header_count {
    const char *name;
    int count;
};

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct header_count *wanted = context;

    (void)kind;
    (void)value;
    wanted->count += strcasecmp(name, wanted->name) == 0;
    return MHD_YES;
}

static int header_count(const struct exchange *ex, const char *name)
{
    struct header_count wanted = { name, 0 };

    (void)MHD_get_connection_values(ex->connection, MHD_HEADER_KIND, count_header, &wanted);
    return wanted.count;
}

/* libmicrohttpd takes the first of several lengths; whoever stands between it and the
 * client might take another. */
static struct error *check_framing(struct exchange *ex)
{
    const char *encoding = header(ex, MHD_HTTP_HEADER_TRANSFER_ENCODING);
    int lengths = header_count(ex, MHD_HTTP_HEADER_CONTENT_LENGTH);

    if (lengths > 1 || header_count(ex, MHD_HTTP_HEADER_TRANSFER_ENCODING) > 1 ||
        (encoding != NULL && lengths > 0))
        return error_new(ERROR_MALFORMED, "Content-Length",
                         "The request says more than once how long its body is.");
    if (encoding != NULL && strcasecmp(encoding, "chunked") != 0)
        return error_new(ERROR_MALFORMED, "Transfer-Encoding",
                         "The only transfer encoding understood here is \"chunked\".");
    return NULL;
}

static struct gate gate_of(const struct exchange *ex)
{
    return (struct gate){ .listen_address = ex->settings->listen_address,
                          .allowed_hosts = ex->settings->http_allowed_hosts,
                          .allowed_origins = ex->settings->http_allowed_origins };
}

static struct error *check_host(struct exchange *ex)
{
    struct gate gate = gate_of(ex);
    const char *host = header(ex, MHD_HTTP_HEADER_HOST);

    if (host == NULL || header_count(ex, MHD_HTTP_HEADER_HOST) != 1)
        return error_new(ERROR_MALFORMED, "Host", "The request needs exactly one Host header.");
    if (!gate_host_allowed(&gate, host))
        return error_new(ERROR_FORBIDDEN, "Host",
                         "This server does not answer to the name \"%s\"; use its address, or let "
                         "the operator add the name to http.allowed_hosts.",
                         host);
    return NULL;
}

/* Browsers name the origin with whatever changes something.  One that for once does not may
 * still say that the page is another site's. */
static struct error *check_site(const struct exchange *ex)
{
    if (gate_site_allowed(header(ex, "Sec-Fetch-Site")))
        return NULL;
    return error_new(ERROR_FORBIDDEN, "Sec-Fetch-Site",
                     "Pages of other sites may not use this server; the operator can allow them "
                     "with http.allowed_origins, if the browser says which page it is (Origin).");
}

/* Web pages from elsewhere may neither change anything nor read jobs. */
static struct error *check_origin(struct exchange *ex)
{
    struct gate gate = gate_of(ex);
    const char *origin = header(ex, MHD_HTTP_HEADER_ORIGIN);
    bool reads = ex->method == METHOD_GET || ex->method == METHOD_HEAD;

    if (header_count(ex, MHD_HTTP_HEADER_ORIGIN) > 1)
        return error_new(ERROR_MALFORMED, "Origin", "The request has more than one Origin header.");
    switch (gate_origin(&gate, header(ex, MHD_HTTP_HEADER_HOST), origin)) {
    case GATE_ORIGIN_SAME:
        return origin == NULL && !reads ? check_site(ex) : NULL;
    case GATE_ORIGIN_LISTED:
        ex->listed_origin = strdup(origin);
        return NULL;
    case GATE_ORIGIN_FOREIGN:
        break;
    }
    if (reads && !ex->route.about_jobs)
        return NULL;
    return error_new(ERROR_FORBIDDEN, "Origin",
                     "Pages from \"%s\" may not use this server; the operator can allow them with "
                     "http.allowed_origins.",
                     origin);
}

static struct error *check_token(struct exchange *ex)
{
    const char *token = ex->server->parts.token;

    /* A browser asks with OPTIONS, without a token, whether it may ask with one. */
    if (token == NULL || !ex->route.about_jobs || ex->method == METHOD_OPTIONS ||
        (header_count(ex, MHD_HTTP_HEADER_AUTHORIZATION) == 1 &&
         gate_token_matches(token, header(ex, MHD_HTTP_HEADER_AUTHORIZATION))))
        return NULL;
    return error_new(ERROR_UNAUTHORIZED, "Authorization",
                     "Send the header \"Authorization: Bearer TOKEN\" with this server's token "
                     "(clients read it from MAPS_TOKEN).");
}

static struct error *check_route(struct exchange *ex)
{
    if (ex->route.endpoint == ENDPOINT_NONE)
        return error_new(ERROR_NOT_FOUND, NULL,
                         "There is nothing at this path; jobs are at /api/jobs, and a job id is a "
                         "DNS label of at most %d characters.",
                         (int)JOB_ID_MAX);
    if ((route_methods(ex->route.endpoint) & ex->method) == 0) {
        ex->refusal_status = MHD_HTTP_METHOD_NOT_ALLOWED;
        return error_new(ERROR_INVALID, NULL,
                         "This path does not take this method; the Allow header says which.");
    }
    return NULL;
}

static bool type_fits(const struct exchange *ex, const char *type)
{
    return gate_is_json(type) || (ex->route.endpoint == ENDPOINT_JOBS && gate_is_form(type));
}

/* A page from anywhere can send forms and plain text without asking: never JSON.  So a form is
 * taken only where it means something, and there the origin is all that keeps such a page out. */
static struct error *check_content_type(struct exchange *ex)
{
    const char *type = header(ex, MHD_HTTP_HEADER_CONTENT_TYPE);
    const char *length = header(ex, MHD_HTTP_HEADER_CONTENT_LENGTH);
    bool has_body = header(ex, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL ||
                    (length != NULL && strcmp(length, "0") != 0);

    if (ex->method != METHOD_POST || (type == NULL && !has_body) ||
        (type_fits(ex, type) && header_count(ex, MHD_HTTP_HEADER_CONTENT_TYPE) == 1))
        return NULL;
    ex->refusal_status = MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
    return error_new(ERROR_INVALID, "Content-Type",
                     "Send the body as JSON, with the header \"Content-Type: application/json\"; "
                     "a submission may also come as multipart/form-data.");
}

static struct error *check_idempotency_key(struct exchange *ex)
{
    const char *key = header(ex, "Idempotency-Key");

    if (key == NULL)
        return NULL;
    size_t length = strlen(key);
    bool printable = length >= 1 && length <= 255;
    for (size_t i = 0; printable && i < length; i++)
        printable = key[i] > ' ' && key[i] < 0x7f;
    if (printable && header_count(ex, "Idempotency-Key") == 1)
        return NULL;
    return error_new(ERROR_INVALID, "Idempotency-Key",
                     "The Idempotency-Key must be 1 to 255 visible ASCII characters, given once.");
}

void admit_header(struct exchange *ex, const char *method)
{
    static struct error *(*const checks[])(
        struct exchange *) = { check_framing, check_host,         check_origin,         check_token,
                               check_route,   check_content_type, check_idempotency_key };
    struct error *err = ex->refusal; /* of the path */

    ex->admitted = true;
    ex->method = method_parse(method);
    if (err == NULL)
        route_find(ex->uri.path, &ex->route);
    for (size_t i = 0; err == NULL && i < sizeof(checks) / sizeof(checks[0]); i++)
        err = checks[i](ex);
    bool submits = err == NULL && ex->route.endpoint == ENDPOINT_JOBS && ex->method == METHOD_POST;
    ex->refusal = err;
    ex->in_parts = submits && gate_is_form(header(ex, MHD_HTTP_HEADER_CONTENT_TYPE));
    ex->keeps_body = submits && !ex->in_parts;
}
