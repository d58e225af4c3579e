/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the stage ---- */

void stage_set(struct stage *stage)
{
    static char address[] = "127.0.0.1";
    static char *no_strings[] = { NULL };
    static char profile[] = "python";
    static struct profile profiles[1];

    memset(stage, 0, sizeof(*stage));
    profiles[0].public.name = profile;
    stage->settings.references = 1;
    stage->settings.listen_address = address;
    current_settings_init(&stage->current, &stage->settings);
    stage->settings.http_max_body_bytes = STAGE_MAX_BODY;
    stage->settings.http_max_upload_bytes = STAGE_MAX_UPLOAD;
    stage->settings.http_max_header_bytes = 16384;
    stage->settings.http_request_timeout_ms = 60000;
    stage->settings.http_upload_timeout_ms = 60000;
    stage->settings.http_idle_timeout_ms = 60000;
    stage->settings.http_max_connections = 5000;
    stage->settings.http_allowed_hosts = no_strings;
    stage->settings.http_allowed_origins = no_strings;
    stage->settings.job_max_files = 100;
    stage->settings.job_timeout_ms = 600000;
    stage->settings.job_max_timeout_ms = 3600000;
    stage->settings.limits_default.memory_bytes = 1u << 30;
    stage->settings.profiles = profiles;
    stage->settings.profile_count = 1;
    stage->settings.default_profile = profile;
    stage->jobs = fake_jobs_new();
}

void stage_start(struct stage *stage, const char *token)
{
    const struct http_parts parts = { .settings = &stage->current,
                                      .jobs = stage->jobs,
                                      .runtime = "sandbox",
                                      .detected_by = "configuration",
                                      .token = token };
    struct error *err = http_server_start(&parts, &stage->server);

    if (err != NULL)
        fail_msg("%s", err->message);
    http_server_set_ready(stage->server);
}

void stage_stop(struct stage *stage)
{
    if (stage->server != NULL)
        http_server_stop(stage->server);
    stage->server = NULL;
}

void stage_clear(struct stage *stage)
{
    stage_stop(stage);
    fake_jobs_free(stage->jobs);
    current_settings_clear(&stage->current);
}

int stage_setup(void **state)
{
    struct stage *stage = malloc(sizeof(*stage));

    stage_set(stage);
    stage_start(stage, NULL);
    *state = stage;
    return 0;
}

int stage_teardown(void **state)
{
    stage_clear(*state);
    free(*state);
    return 0;
}

/* ---- a client ---- */

int peer_open(const struct stage *stage)
{
    const struct timeval patience = { .tv_sec = 30 };
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(http_server_port(stage->server)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(peer >= 0);
    (void)setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof(address)), 0);
    return peer;
}

void peer_send(int peer, const char *text)
{
    for (size_t sent = 0, length = strlen(text); sent < length;) {
        ssize_t n = send(peer, text + sent, length - sent, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the server may refuse before it has read everything */
        sent += (size_t)n;
    }
}

bool peer_ended(int peer)
{
    char byte;

    return recv(peer, &byte, 1, 0) <= 0;
}

/* Bytes of one reply as they come. */
struct input {
    int peer;
    char *bytes;
    size_t length, at;
    bool ended;
};

static bool input_more(struct input *in)
{
    in->bytes = realloc(in->bytes, in->length + 65537);
    ssize_t got = recv(in->peer, in->bytes + in->length, 1, 0);

    if (got <= 0) {
        in->ended = true;
        return false;
    }
    in->length += (size_t)got;
    in->bytes[in->length] = '\0';
    return true;
}

/* The length of the next line with its CRLF; 0 at the end. */
static size_t input_line(struct input *in)
{
    for (;;) {
        char *end = in->length > in->at ? strstr(in->bytes + in->at, "\r\n") : NULL;

        if (end != NULL)
            return (size_t)(end - in->bytes) + 2 - in->at;
        if (!input_more(in))
            return 0;
    }
}

static bool input_exactly(struct input *in, size_t length)
{
    while (in->length - in->at < length) {
        size_t missing = length - (in->length - in->at);

        in->bytes = realloc(in->bytes, in->length + missing + 1);
        ssize_t got = recv(in->peer, in->bytes + in->length, missing, 0);
        if (got <= 0) {
            in->ended = true;
            return false;
        }
        in->length += (size_t)got;
        in->bytes[in->length] = '\0';
    }
    return true;
}

static void reply_append(struct reply *reply, const char *bytes, size_t length)
{
    reply->body = realloc(reply->body, reply->length + length + 1);
    memcpy(reply->body + reply->length, bytes, length);
    reply->length += length;
    reply->body[reply->length] = '\0';
}

static bool receive_chunks(struct input *in, struct reply *reply)
{
    for (;;) {
        size_t line = input_line(in);

        if (line == 0)
            return false;
        size_t length = strtoul(in->bytes + in->at, NULL, 16);
        in->at += line;
        if (!input_exactly(in, length + 2))
            return false;
        reply_append(reply, in->bytes + in->at, length);
        in->at += length + 2;
        if (length == 0)
            return true;
    }
}

static bool receive_body(struct input *in, struct reply *reply)
{
    const char *length = reply_header(reply, "Content-Length");

    if (length != NULL) {
        size_t bytes = strtoul(length, NULL, 10);
        bool whole = input_exactly(in, bytes);

        reply_append(reply, in->bytes + in->at, whole ? bytes : in->length - in->at);
        return whole;
    }
    return reply_header(reply, "Transfer-Encoding") != NULL && receive_chunks(in, reply);
}

struct reply peer_receive(int peer, bool head_only)
{
    struct reply reply = { .body = calloc(1, 1) };
    struct input in = { .peer = peer };
    size_t line;

    do {
        line = input_line(&in);
        in.at += line;
    } while (line > 2);
    reply.head = strndup(in.bytes != NULL ? in.bytes : "", in.at);
    if (line == 2 && sscanf(reply.head, "HTTP/1.1 %u", &reply.status) == 1)
        reply.complete =
            head_only || reply.status == 204 || reply.status == 304 || receive_body(&in, &reply);
    free(in.bytes);
    return reply;
}

void reply_clear(struct reply *reply)
{
    free(reply->head);
    free(reply->body);
    memset(reply, 0, sizeof(*reply));
}

const char *reply_header(const struct reply *reply, const char *name)
{
    static char value[1024];
    size_t length = strlen(name);

    for (const char *line = strstr(reply->head, "\r\n"); line != NULL;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':') {
            (void)sscanf(line + 3 + length, " %1023[^\r]", value);
            return value;
        }
    }
    return NULL;
}

void peer_ask(int peer, const char *request, const char *headers, const char *body)
{
    char *text = NULL;
    char length[64] = "";

    if (body != NULL)
        (void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body));
    const char *host =
        headers != NULL && strstr(headers, "Host:") != NULL ? "" : "Host: localhost\r\n";
    const char *type = body != NULL && (headers == NULL || strstr(headers, "Content-Type") == NULL)
                           ? "Content-Type: application/json\r\n"
                           : "";
    assert_true(asprintf(&text, "%s HTTP/1.1\r\n%s%s%s%s\r\n%s", request, host, type, length,
                         headers != NULL ? headers : "", body != NULL ? body : "") > 0);
    peer_send(peer, text);
    free(text);
}

struct reply ask(const struct stage *stage, const char *request, const char *headers,
                 const char *body)
{
    int peer = peer_open(stage);

    peer_ask(peer, request, headers, body);
    struct reply reply = peer_receive(peer, strncmp(request, "HEAD ", 5) == 0);
    (void)close(peer);
    return reply;
}

void assert_problem(struct reply *reply, unsigned status, const char *field)
{
    if (reply->status != status)
        fail_msg("status %u, expected %u: %s%s", reply->status, status, reply->head, reply->body);
    const char *type = reply_header(reply, "Content-Type");
    if (type == NULL || strcmp(type, "application/problem+json") != 0)
        fail_msg("not a problem: %s%s", reply->head, reply->body);
    cJSON *problem = cJSON_Parse(reply->body);
    assert_non_null(problem);
    assert_int_equal(cJSON_GetObjectItem(problem, "status")->valueint, status);
    assert_string_equal(cJSON_GetObjectItem(problem, "type")->valuestring, "about:blank");
    assert_true(strlen(cJSON_GetObjectItem(problem, "title")->valuestring) > 0);
    assert_true(strlen(cJSON_GetObjectItem(problem, "detail")->valuestring) > 0);
    if (field != NULL)
        assert_string_equal(cJSON_GetObjectItem(problem, "field")->valuestring, field);
    cJSON_Delete(problem);
    reply_clear(reply);
}

void assert_json(struct reply *reply, unsigned status, const char *key, const char *value)
{
    if (reply->status != status)
        fail_msg("status %u, expected %u: %s%s", reply->status, status, reply->head, reply->body);
    assert_string_equal(reply_header(reply, "Content-Type"), "application/json");
    assert_string_equal(reply_header(reply, "X-Content-Type-Options"), "nosniff");
    cJSON *document = cJSON_Parse(reply->body);
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(document, key));
    assert_non_null(text);
    assert_string_equal(text, value);
    free(text);
    cJSON_Delete(document);
    reply_clear(reply);
}

void eventually(bool (*holds)(void *context), void *context, const char *what)
{
    const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
    int64_t deadline_ms = clock_monotonic_ms() + 30000;

    while (!holds(context)) {
        if (clock_monotonic_ms() > deadline_ms)
            fail_msg("not seen within 30 s: %s", what);
        (void)nanosleep(&pause, NULL);
    }
}
