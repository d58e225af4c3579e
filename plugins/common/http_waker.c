/* SPDX-License-Identifier: Apache-2.0 */
/* An eventfd that stays readable: it wakes any number of calls, and those still to come. */
#include "http_parts.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct http_waker {
    int fd;
};

struct http_waker *http_waker_new(void)
{
    struct http_waker *waker = malloc(sizeof(*waker));

    if (waker == NULL)
        return NULL;
    waker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (waker->fd < 0) {
        free(waker);
        return NULL;
    }
    return waker;
}

void http_waker_free(struct http_waker *waker)
{
    if (waker == NULL)
        return;
    close(waker->fd);
    free(waker);
}

void http_wake(struct http_waker *waker)
{
    (void)eventfd_write(waker->fd, 1); /* fails only if it is readable already */
}

void http_waker_reset(struct http_waker *waker)
{
    eventfd_t count;

    (void)eventfd_read(waker->fd, &count); /* fails only if it was not woken */
}

int http_waker_fd(const struct http_waker *waker)
{
    return waker->fd;
}

bool http_waker_is_woken(const struct http_waker *waker)
{
    struct pollfd ready = { .fd = waker->fd, .events = POLLIN };

    return poll(&ready, 1, 0) == 1;
}
