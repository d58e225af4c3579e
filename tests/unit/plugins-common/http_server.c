/* SPDX-License-Identifier: Apache-2.0 */
#include "http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TLS_HANDSHAKE = 0x16 };

struct connection {
    struct connection *next;
    struct http_server *server;
    pthread_t thread;
    int fd;
    bool hang_up_next;
};

struct text {
    char bytes[65536];
    size_t length;
};

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

static void say(int fd, const char *text)
{
    (void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* As poll without an end; a change of the user id interrupts it. */
static void wait_for(struct pollfd *fds, nfds_t count)
{
    int ready;

    do
        ready = poll(fds, count, -1);
    while (ready < 0 && errno == EINTR);
    must(ready > 0, "poll");
}

/* More bytes of the request; false when the peer or the server is done. */
static bool more(const struct connection *connection, struct text *text)
{
    struct pollfd fds[2] = { { .fd = connection->fd, .events = POLLIN },
                             { .fd = connection->server->stop_fd, .events = POLLIN } };
    ssize_t got;

    wait_for(fds, 2);
    if (fds[1].revents != 0)
        return false;
    got =
        recv(connection->fd, text->bytes + text->length, sizeof(text->bytes) - 1 - text->length, 0);
    if (got <= 0)
        return false;
    text->length += (size_t)got;
    text->bytes[text->length] = '\0';
    return true;
}

/* Takes the framing off the chunks that begin at body; true if the last one is there. */
static bool join_chunks(struct text *text, char *body)
{
    char *to = body, *from = body;

    for (;;) {
        char *data, *end = text->bytes + text->length;
        size_t length = strtoul(from, &data, 16);

        if (strncmp(data, "\r\n", 2) != 0 || data + 2 + length + 2 > end)
            return false;
        if (length == 0)
            break;
        memmove(to, data + 2, length);
        to += length;
        from = data + 2 + length + 2;
    }
    *to = '\0';
    text->length = (size_t)(to - text->bytes);
    return true;
}

static bool is_whole(const struct text *text, const char *body)
{
    const char *length = strstr(text->bytes, "Content-Length: ");
    size_t there = text->length - (size_t)(body - text->bytes);

    return length == NULL || there >= strtoul(length + 16, NULL, 10);
}

static bool read_request(const struct connection *connection, struct text *text)
{
    struct text *whole = malloc(sizeof(*whole));
    bool done = false;

    must(whole != NULL, "malloc");
    text->length = 0;
    while (!done && more(connection, text)) {
        char *body = strstr(text->bytes, "\r\n\r\n");

        if (text->bytes[0] == TLS_HANDSHAKE) {
            say(connection->fd, "HTTP/1.0 400 Bad Request\r\n\r\nThis is an HTTP server\n");
            break;
        }
        if (body == NULL)
            continue;
        *whole = *text;
        body = whole->bytes + (body - text->bytes) + 4;
        done = strstr(text->bytes, "Transfer-Encoding: chunked") != NULL
                   ? join_chunks(whole, body)
                   : is_whole(text, body - whole->bytes + text->bytes);
    }
    if (done)
        *text = *whole;
    free(whole);
    return done;
}

static void wait_for_hang_up(const struct connection *connection)
{
    struct text *rest = calloc(1, sizeof(*rest));

    must(rest != NULL, "calloc");
    while (more(connection, rest))
        rest->length = 0;
    free(rest);
}

static void echo(int fd, const struct text *text)
{
    char head[64];

    (void)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                   text->length);
    say(fd, head);
    say(fd, text->bytes);
}

static void together(struct connection *connection)
{
    struct http_server *server = connection->server;
    struct pollfd stop = { .fd = server->stop_fd, .events = POLLIN };

    atomic_fetch_add(&server->waiting, 1);
    while (atomic_load(&server->waiting) < server->together && poll(&stop, 1, 1) == 0)
        continue;
    say(connection->fd, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\ntogether");
}

static const struct {
    const char *path, *reply;
    bool close;
} replies[] = {
    { "/hello", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false },
    { "/busy",
      "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 8\r\n\r\n"
      "too busy",
      false },
    { "/moved", "HTTP/1.1 302 Found\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n", false },
    { "/chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n",
      false },
    { "/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", true },
    { "/cut-chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n4\r\ntw",
      true },
    { "/hang-up", "", true },
    { "/hang-up-next", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false },
    { "/ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", true },
};

/* False: the connection is to be closed. */
static bool answer(struct connection *connection, const struct text *request)
{
    const char *path = strchr(request->bytes, ' ') + 1;
    size_t length = strcspn(path, " ");

    connection->hang_up_next = strncmp(path, "/hang-up-next ", 14) == 0;
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        if (strlen(replies[i].path) == length && strncmp(path, replies[i].path, length) == 0) {
            say(connection->fd, replies[i].reply);
            return !replies[i].close;
        }
    }
    if (strncmp(path, "/echo", 5) == 0)
        echo(connection->fd, request);
    else if (strncmp(path, "/together", 9) == 0)
        together(connection);
    else
        wait_for_hang_up(connection);
    return true;
}

static void *serve(void *context)
{
    struct connection *connection = context;
    struct text *request = calloc(1, sizeof(*request));

    must(request != NULL, "calloc");
    while (read_request(connection, request)) {
        bool hang_up = connection->hang_up_next;

        atomic_fetch_add(&connection->server->requests, 1);
        sem_post(&connection->server->asked);
        if (hang_up || !answer(connection, request))
            break;
    }
    (void)shutdown(connection->fd, SHUT_RDWR);
    free(request);
    return NULL;
}

static void accept_one(struct http_server *server, int listener)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    must(connection != NULL, "calloc");
    connection->server = server;
    connection->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    must(connection->fd >= 0, "accept");
    connection->next = server->first;
    server->first = connection;
    atomic_fetch_add(&server->connections, 1);
    must(pthread_create(&connection->thread, NULL, serve, connection) == 0, "pthread_create");
}

static void *accept_all(void *context)
{
    struct http_server *server = context;
    struct pollfd fds[3] = { { .fd = server->unix_fd, .events = POLLIN },
                             { .fd = server->tcp_fd, .events = POLLIN },
                             { .fd = server->stop_fd, .events = POLLIN } };

    for (;;) {
        wait_for(fds, 3);
        if (fds[2].revents != 0)
            return NULL;
        for (int i = 0; i < 2; i++) {
            if (fds[i].revents != 0)
                accept_one(server, fds[i].fd);
        }
    }
}

static void listen_on_unix(struct http_server *server)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    (void)snprintf(server->folder, sizeof(server->folder), "/tmp/maps-test-XXXXXX");
    must(mkdtemp(server->folder) != NULL, "mkdtemp");
    (void)snprintf(server->socket, sizeof(server->socket), "%s/socket", server->folder);
    memcpy(address.sun_path, server->socket, strlen(server->socket) + 1);
    server->unix_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(server->unix_fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
    must(listen(server->unix_fd, 128) == 0, "listen");
}

static void listen_on_loopback(struct http_server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t length = sizeof(address);

    server->tcp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(server->tcp_fd, (struct sockaddr *)&address, length) == 0, "bind");
    must(listen(server->tcp_fd, 128) == 0, "listen");
    must(getsockname(server->tcp_fd, (struct sockaddr *)&address, &length) == 0, "getsockname");
    (void)snprintf(server->tcp_url, sizeof(server->tcp_url), "http://127.0.0.1:%d",
                   ntohs(address.sin_port));
}

void http_server_start(struct http_server *server)
{
    pthread_t *thread = malloc(sizeof(*thread));

    must(thread != NULL, "malloc");
    *server = (struct http_server){ .thread = thread };
    must(sem_init(&server->asked, 0, 0) == 0, "sem_init");
    listen_on_unix(server);
    listen_on_loopback(server);
    server->stop_fd = eventfd(0, EFD_CLOEXEC);
    must(server->stop_fd >= 0, "eventfd");
    must(pthread_create(thread, NULL, accept_all, server) == 0, "pthread_create");
}

void http_server_stop(struct http_server *server)
{
    pthread_t *thread = server->thread;

    must(eventfd_write(server->stop_fd, 1) == 0, "eventfd_write");
    must(pthread_join(*thread, NULL) == 0, "pthread_join");
    free(thread);
    while (server->first != NULL) {
        struct connection *connection = server->first;

        server->first = connection->next;
        must(pthread_join(connection->thread, NULL) == 0, "pthread_join");
        close(connection->fd);
        free(connection);
    }
    close(server->unix_fd);
    close(server->tcp_fd);
    close(server->stop_fd);
    (void)sem_destroy(&server->asked);
    (void)unlink(server->socket);
    (void)rmdir(server->folder);
}
