/* SPDX-License-Identifier: Apache-2.0 */
#include "http/client.h"

#include "base/clock.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int64_t request_deadline(const struct http_server *server)
{
    SETTINGS_AUTO settings = current_settings(server->parts.settings);

    return clock_monotonic_ms() + (int64_t)settings->http_request_timeout_ms;
}

static void client_opened(struct http_server *server, struct MHD_Connection *connection,
                          void **socket_context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct client *client = calloc(1, sizeof(*client));

    /* Without a deadline a connection must not be served: see exchange_start(). */
    *socket_context = client;
    if (client == NULL)
        return;
    client->fd = info->connect_fd;
    client->deadline_ms = request_deadline(server);
    pthread_mutex_lock(&server->lock);
    if (server->clients == NULL)
        pthread_cond_signal(&server->sweeper_wake);
    client->next = server->clients;
    if (client->next != NULL)
        client->next->previous = client;
    server->clients = client;
    pthread_mutex_unlock(&server->lock);
}

/* Comes before the descriptor is closed: whoever holds the lock may use it. */
static void client_closed(struct http_server *server, struct client *client)
{
    if (client == NULL)
        return;
    pthread_mutex_lock(&server->lock);
    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        server->clients = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    pthread_mutex_unlock(&server->lock);
    free(client);
}

void client_notify(void *server, struct MHD_Connection *connection, void **socket_context,
                   enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        client_opened(server, connection, socket_context);
    } else {
        client_closed(server, *socket_context);
        *socket_context = NULL;
    }
}

struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info->socket_context;
}

void client_arrives(struct http_server *server, struct client *client)
{
    int64_t deadline_ms = request_deadline(server);

    pthread_mutex_lock(&server->lock);
    if (client->state != CLIENT_NEW) { /* a first request's time began with the connection */
        client->state = CLIENT_ARRIVING;
        client->deadline_ms = deadline_ms;
    }
    client->half_closed = false;
    pthread_mutex_unlock(&server->lock);
}

void client_is_due(struct http_server *server, struct client *client, uint64_t patience_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + (int64_t)patience_ms;

    pthread_mutex_lock(&server->lock);
    client->deadline_ms = deadline_ms;
    pthread_mutex_unlock(&server->lock);
}

void client_is_served(struct http_server *server, struct client *client)
{
    pthread_mutex_lock(&server->lock);
    client->state = CLIENT_SERVED;
    pthread_mutex_unlock(&server->lock);
}

void client_rests(struct http_server *server, struct client *client)
{
    SETTINGS_AUTO settings = current_settings(server->parts.settings);
    int64_t deadline_ms = clock_monotonic_ms() + (int64_t)settings->http_idle_timeout_ms;

    pthread_mutex_lock(&server->lock);
    client->state = CLIENT_IDLE;
    client->deadline_ms = deadline_ms;
    pthread_mutex_unlock(&server->lock);
}

void client_pauses(struct client *client)
{
    client->state = CLIENT_SERVED;
}

void client_goes_on(struct client *client)
{
    client->state = CLIENT_ARRIVING;
    client->half_closed = false;
}

/* libmicrohttpd sees the end of the stream and cleans up. */
static void cut(struct client *client)
{
    client->cut = true;
    (void)shutdown(client->fd, SHUT_RDWR);
}

void clients_cut_late(struct http_server *server, int64_t now_ms)
{
    for (struct client *client = server->clients; client != NULL; client = client->next) {
        if (client->state == CLIENT_SERVED || client->cut || now_ms < client->deadline_ms)
            continue;
        cut(client);
    }
}

/* Its peer has closed its side, and all it sent has been read. */
static bool is_gone(const struct client *client)
{
    struct pollfd peer = { .fd = client->fd, .events = POLLRDHUP };
    int unread = 0;

    return poll(&peer, 1, 0) > 0 && ioctl(client->fd, FIONREAD, &unread) == 0 && unread == 0;
}

/* The end of a stream that comes together with its last bytes escapes libmicrohttpd 0.9.75
 * (it waits for an edge of epoll that has passed).  Two looks, because what was read a
 * moment ago may be a whole request that is about to be served. */
void clients_cut_gone(struct http_server *server)
{
    for (struct client *client = server->clients; client != NULL; client = client->next) {
        if (client->state == CLIENT_SERVED || client->cut)
            continue;
        bool gone = is_gone(client);

        if (gone && client->half_closed)
            cut(client);
        client->half_closed = gone;
    }
}
