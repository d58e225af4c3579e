/* SPDX-License-Identifier: Apache-2.0 */
/* The front door: REST over libmicrohttpd.  One epoll thread serves all connections;
 * waiters and followers are suspended connections. */
#ifndef MAPS_HOST_HTTP_HTTP_SERVER_H
#define MAPS_HOST_HTTP_HTTP_SERVER_H

#include "job/jobs.h"

#include <stdint.h>

struct http_server;

struct http_parts { /* all borrowed */
    struct current_settings *settings;
    struct jobs *jobs;
    struct plugins *plugins;
    const char *runtime;     /* name of the default runtime */
    const char *detected_by; /* "EXECUTION_RUNTIME", "configuration", "KUBERNETES_SERVICE_HOST",
                                "default" */
    const char *token;       /* NULL: no authentication */
};

/* Binds, listens and serves.  Registers itself with jobs_on_change: call it after
 * jobs_new() and before jobs_start(); until jobs_start() returned, /readyz says 503. */
MUST_CHECK struct error *http_server_start(const struct http_parts *parts,
                                           struct http_server **server);
uint16_t http_server_port(const struct http_server *server);
void http_server_set_ready(struct http_server *server);
/* Whether the HTTP thread is alive, asked through a connection of the server's own that goes
 * the way of every other.  Of one thread, which need not be the HTTP thread. */
bool http_server_ask(struct http_server *server);      /* false: it cannot be asked now */
bool http_server_answered(struct http_server *server); /* since the last question */
/* Answers waiters with the document as it stands, cuts followers, gives answers that are on
 * their way 5 s, then closes.  Call it before the jobs room ends; replies and changes that
 * come later are dropped.  NULL is fine. */
void http_server_stop(struct http_server *server);

#endif
