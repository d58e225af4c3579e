/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_server.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/admit.h"
#include "http/body.h"
#include "http/desk.h"
#include "http/endpoints.h"
#include "http/listener.h"
#include "http/pulse.h"
#include "http/reply.h"
#include "http/sweeper.h"
#include "http/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What libmicrohttpd needs of a connection's memory besides the header. */
enum { RESPONSE_BYTES = 8192 };
/* How long a stop waits for answers that are on their way. */
enum { STOP_GRACE_MS = 5000 };

/* ---- requests ---- */

static enum MHD_Result answer(struct exchange *ex)
{
    if (ex->lingering) /* it has been answered */
        return MHD_NO;
    if (!ex->arrived) {
        ex->arrived = true;
        client_is_served(ex->server, ex->client);
        if (ex->refusal != NULL) {
            struct error *err = ex->refusal;

            ex->refusal = NULL;
            return reply_problem(ex, ex->refusal_status, err);
        }
        ex->step = endpoint_begin;
    }
    return exchange_go_on(ex);
}

static enum MHD_Result on_request(void *server, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_length, void **exchange)
{
    struct exchange *ex = *exchange;

    (void)server;
    (void)connection;
    (void)url;
    (void)version;
    if (ex == NULL) /* memory was short when it began */
        return MHD_NO;
    if (!ex->admitted) {
        admit_header(ex, method);
        return body_announced(ex);
    }
    if (*upload_length > 0)
        return body_take(ex, upload, upload_length);
    return answer(ex);
}

__attribute__((format(printf, 2, 0))) static void on_library_message(void *context,
                                                                     const char *format, va_list ap)
{
    char text[512];

    (void)context;
    (void)vsnprintf(text, sizeof(text), format, ap);
    text[strcspn(text, "\n")] = '\0';
    log_debug("libmicrohttpd: %s", text);
}

/* ---- changes of jobs ---- */

/* The jobs room may report a change after the server it reports to has gone: only servers
 * in this list are listened for. */
static pthread_mutex_t listeners_lock = PTHREAD_MUTEX_INITIALIZER;
static struct http_server *listeners;

static void on_change(void *context, const char *job_id, bool terminal)
{
    if (!terminal)
        return;
    pthread_mutex_lock(&listeners_lock);
    struct http_server *server = listeners;
    while (server != NULL && server != context)
        server = server->next;
    if (server != NULL) {
        pthread_mutex_lock(&server->lock);
        watch_job_ended(server, job_id);
        pthread_mutex_unlock(&server->lock);
    }
    pthread_mutex_unlock(&listeners_lock);
}

static void listen_for_changes(struct http_server *server)
{
    pthread_mutex_lock(&listeners_lock);
    server->next = listeners;
    listeners = server;
    pthread_mutex_unlock(&listeners_lock);
    jobs_on_change(server->parts.jobs, on_change, server);
}

static void stop_listening(struct http_server *server)
{
    struct http_server **link = &listeners;

    pthread_mutex_lock(&listeners_lock);
    while (*link != NULL && *link != server)
        link = &(*link)->next;
    if (*link != NULL)
        *link = server->next;
    pthread_mutex_unlock(&listeners_lock);
}

/* ---- life ---- */

static struct http_server *server_new(const struct http_parts *parts)
{
    struct http_server *server = calloc(1, sizeof(*server));
    pthread_condattr_t monotonic;

    if (server == NULL)
        return NULL;
    server->parts = *parts;
    server->references = 1;
    server->pulse_fd = -1;
    (void)pthread_mutex_init(&server->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&server->sweeper_wake, &monotonic);
    (void)pthread_cond_init(&server->settled, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return server;
}

void http_server_unref_unlock(struct http_server *server)
{
    bool last = --server->references == 0;

    pthread_mutex_unlock(&server->lock);
    if (!last)
        return;
    (void)pthread_cond_destroy(&server->settled);
    (void)pthread_cond_destroy(&server->sweeper_wake);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}

static unsigned stall_seconds(const struct settings *settings)
{
    uint64_t idle = settings->http_idle_timeout_ms / 1000 + 1;
    uint64_t request = settings->http_request_timeout_ms / 1000 + 1;
    uint64_t longest = idle > request ? idle : request;

    return longest > HTTP_STALL_SECONDS ? (unsigned)longest : HTTP_STALL_SECONDS;
}

/* Takes the listening socket, also if it fails. */
static struct error *daemon_start(struct http_server *server, int listen_fd)
{
    SETTINGS_AUTO settings = current_settings(server->parts.settings);
    const struct MHD_OptionItem options[] = {
        { MHD_OPTION_LISTEN_SOCKET, listen_fd, NULL },
        { MHD_OPTION_CONNECTION_MEMORY_LIMIT,
          (intptr_t)(settings->http_max_header_bytes + RESPONSE_BYTES), NULL },
        { MHD_OPTION_CONNECTION_LIMIT, (intptr_t)settings->http_max_connections, NULL },
        { MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)settings->http_max_connections_per_address,
          NULL },
        { MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)stall_seconds(settings), NULL },
        { MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
        { MHD_OPTION_END, 0, NULL }
    };

    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG,
        0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_library_message, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_start, server, MHD_OPTION_NOTIFY_COMPLETED,
        exchange_completed, server, MHD_OPTION_NOTIFY_CONNECTION, client_notify, server,
        MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    if (server->daemon != NULL)
        return NULL;
    return error_new(ERROR_INTERNAL, NULL,
                     "Cannot start the HTTP server (is the limit of open files or of threads too "
                     "low for http.max_connections = %u?).",
                     (unsigned)settings->http_max_connections);
}

static struct error *start_parts(struct http_server *server)
{
    SETTINGS_AUTO settings = current_settings(server->parts.settings);
    int listen_fd;
    struct error *err = desk_start(&server->desk);

    if (err != NULL)
        return err;
    err = listener_open(settings->listen_address, settings->listen_port, &listen_fd, &server->port);
    if (err == NULL)
        err = daemon_start(server, listen_fd);
    if (err == NULL)
        err = sweeper_start(server);
    return err;
}

struct error *http_server_start(const struct http_parts *parts, struct http_server **result)
{
    struct http_server *server = server_new(parts);

    if (server == NULL)
        return error_new(ERROR_INTERNAL, NULL, "Out of memory while starting the HTTP server.");
    struct error *err = start_parts(server);
    if (err != NULL) {
        if (server->daemon != NULL)
            MHD_stop_daemon(server->daemon);
        desk_stop(server->desk);
        pthread_mutex_lock(&server->lock);
        http_server_unref_unlock(server);
        return err;
    }
    listen_for_changes(server);
    *result = server;
    return NULL;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_set_ready(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->ready = true;
    pthread_mutex_unlock(&server->lock);
}

/* Ends all sleep, then waits for what is being served. */
static void settle(struct http_server *server)
{
    int64_t until_ms = clock_monotonic_ms() + STOP_GRACE_MS;
    struct timespec until = { .tv_sec = (time_t)(until_ms / 1000),
                              .tv_nsec = (long)(until_ms % 1000) * 1000000L };

    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    for (struct exchange *ex = server->exchanges; ex != NULL; ex = ex->next)
        exchange_wake(ex);
    while (server->serving > 0 &&
           pthread_cond_timedwait(&server->settled, &server->lock, &until) == 0) {
    }
    exchanges_abandon(server);
    pthread_mutex_unlock(&server->lock);
}

void http_server_stop(struct http_server *server)
{
    if (server == NULL)
        return;
    int listen_fd = MHD_quiesce_daemon(server->daemon);

    pulse_end(server);
    stop_listening(server);
    settle(server);
    sweeper_stop(server);
    MHD_stop_daemon(server->daemon);
    if (listen_fd >= 0)
        (void)close(listen_fd);
    desk_stop(server->desk);
    pthread_mutex_lock(&server->lock);
    http_server_unref_unlock(server);
}
