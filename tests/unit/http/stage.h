/* SPDX-License-Identifier: Apache-2.0 */
/* A real server on a free port of loopback, with fake jobs behind it, and a client that sends
 * bytes as they are. */
#ifndef MAPS_TESTS_HTTP_STAGE_H
#define MAPS_TESTS_HTTP_STAGE_H

#include "fake_jobs.h"
#include "http/http_server.h"

struct stage {
    struct settings settings;
    struct current_settings current;
    struct jobs *jobs;
    struct http_server *server;
};
enum { STAGE_MAX_BODY = 65536, STAGE_MAX_UPLOAD = 4 << 20 };

/* Fills in settings (generous deadlines) and jobs; stage_start() then starts. */
void stage_set(struct stage *stage);
void stage_start(struct stage *stage, const char *token);
void stage_stop(struct stage *stage); /* the server only; idempotent */
void stage_clear(struct stage *stage);

/* cmocka fixtures: a stage with defaults in *state. */
int stage_setup(void **state);
int stage_teardown(void **state);

/* A connection with a receive time-out of 30 s. */
int peer_open(const struct stage *stage);
void peer_send(int peer, const char *text);
/* True once the other side has closed. */
bool peer_ended(int peer);

struct reply {
    unsigned status;
    char *head; /* status line and headers */
    char *body; /* decoded, NUL-terminated */
    size_t length;
    bool complete; /* false: the connection ended early */
};
/* Reads one reply; expects no body if `head_only`. */
struct reply peer_receive(int peer, bool head_only);
void reply_clear(struct reply *reply);
/* The value of a header; NULL: not there.  Valid until the next call. */
const char *reply_header(const struct reply *reply, const char *name);

/* One request on a connection of its own: "GET /healthz" plus further header lines
 * ("Name: value\r\n") and a body, either may be NULL. */
struct reply ask(const struct stage *stage, const char *request, const char *headers,
                 const char *body);
/* The same on an open connection, without reading. */
void peer_ask(int peer, const char *request, const char *headers, const char *body);

/* Fails unless the reply is a problem of that status; field may be NULL.  Consumes it. */
void assert_problem(struct reply *reply, unsigned status, const char *field);

/* Fails unless the reply is JSON of that status, and the value of `key` reads `value`; consumes
 * the reply. */
void assert_json(struct reply *reply, unsigned status, const char *key, const char *value);

/* Polls until `holds` or fails after 30 s. */
void eventually(bool (*holds)(void *context), void *context, const char *what);

#endif
