/* SPDX-License-Identifier: Apache-2.0 */
#include "http/pulse.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A pair of sockets, so that neither the listening socket nor clients who use up all
 * connections can be in the way. */
static bool connect_to_ourselves(struct http_server *server)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return false;
    /* which takes ends[1] in any case */
    if (MHD_add_connection(server->daemon, ends[1], (struct sockaddr *)&address,
                           sizeof(address.sun_family)) != MHD_YES) {
        (void)close(ends[0]);
        return false;
    }
    server->pulse_fd = ends[0];
    return true;
}

static bool send_question(const struct http_server *server)
{
    static const char question[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

    return send(server->pulse_fd, question, strlen(question), MSG_NOSIGNAL) ==
           (ssize_t)strlen(question);
}

bool http_server_ask(struct http_server *server)
{
    if (server->pulse_fd >= 0 && send_question(server))
        return true;
    pulse_end(server); /* it was idle for too long */
    return connect_to_ourselves(server) && send_question(server);
}

bool http_server_answered(struct http_server *server)
{
    char answer[4096];
    bool answered = false;
    ssize_t length;

    while ((length = recv(server->pulse_fd, answer, sizeof(answer), 0)) > 0)
        answered = true;
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return answered;
    /* Closing it, too, is something that only a live thread does. */
    pulse_end(server);
    return true;
}

void pulse_end(struct http_server *server)
{
    if (server->pulse_fd >= 0)
        (void)close(server->pulse_fd);
    server->pulse_fd = -1;
}
