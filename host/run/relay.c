/* SPDX-License-Identifier: Apache-2.0 */
#include "run/relay.h"

#include <errno.h>
#include <maps_backend.h>
#include <poll.h>
#include <unistd.h>

int write_whole(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        ssize_t written = write(fd, at, length);

        if (written >= 0) {
            at += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd event = { .fd = fd, .events = POLLOUT };

            (void)poll(&event, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

int relay_write(void *context, int stream, const void *bytes, size_t length)
{
    struct relay *relay = context;

    if (stream == MAPS_LOG_STDERR) {
        /* nobody may be reading it: that is no reason to stop */
        if (!relay->error_failed)
            relay->error_failed = write_whole(STDERR_FILENO, bytes, length) != 0;
        return 0;
    }
    relay->output_errno = write_whole(STDOUT_FILENO, bytes, length);
    return relay->output_errno;
}
