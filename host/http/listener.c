/* SPDX-License-Identifier: Apache-2.0 */
#include "http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t parse_address(const char *text, uint16_t port, union address *address)
{
    memset(address, 0, sizeof(*address));
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        return sizeof(address->v4);
    }
    if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        return sizeof(address->v6);
    }
    return 0;
}

static int listen_on(int fd, const union address *address, socklen_t length)
{
    const int on = 1;

    /* A restart must not wait for the last life's connections to be forgotten. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, &address->any, length) != 0 || listen(fd, SOMAXCONN) != 0)
        return -1;
    return 0;
}

struct error *listener_open(const char *text, uint16_t port, int *result, uint16_t *bound_port)
{
    union address address;
    socklen_t length = parse_address(text, port, &address);

    if (length == 0)
        return error_new(ERROR_INVALID, "listen",
                         "The listen address \"%s\" is neither an IPv4 nor an IPv6 address in "
                         "numbers.",
                         text);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(errno, "Cannot make a socket for %s", text);
    if (listen_on(fd, &address, length) != 0 || getsockname(fd, &address.any, &length) != 0) {
        struct error *err = error_errno(
            errno, "Cannot listen on %s port %u (another server there? choose with MAPS_LISTEN)",
            text, (unsigned)port);
        (void)close(fd);
        return err;
    }
    *bound_port =
        ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    *result = fd;
    return NULL;
}
