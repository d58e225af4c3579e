/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

#include "instant.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

bool frame_plausible(const struct maps_frame *frame)
{
    return frame->magic == MAPS_FRAME_MAGIC && frame->stream >= 1 && frame->stream <= 3 &&
           frame->length >= 1 && frame->length <= MAPS_FRAME_MAX_BYTES &&
           frame->check == maps_frame_check(frame);
}

/* Skips the first `written` bytes of the two parts. */
static void advance(struct iovec parts[2], size_t written)
{
    for (int i = 0; i < 2; i++) {
        size_t taken = written < parts[i].iov_len ? written : parts[i].iov_len;

        parts[i].iov_base = (char *)parts[i].iov_base + taken;
        parts[i].iov_len -= taken;
        written -= taken;
    }
}

/* A frame cut off by a full disk would swallow the frames that follow it. */
static void remove_torn(int fd, size_t written)
{
    off_t end = lseek(fd, 0, SEEK_CUR);

    if (written > 0 && end >= (off_t)written)
        (void)!ftruncate(fd, end - (off_t)written);
}

int frame_append(int fd, int stream, const void *bytes, size_t length)
{
    struct maps_frame frame = {
        .magic = MAPS_FRAME_MAGIC,
        .stream = (uint8_t)stream,
        .length = (uint32_t)length,
        .time_us = (uint64_t)instant_wall_us(),
    };
    struct iovec parts[2] = { { &frame, sizeof(frame) }, { (void *)bytes, length } };
    size_t written = 0, total = sizeof(frame) + length;

    frame.check = maps_frame_check(&frame);
    while (written < total) {
        ssize_t n = writev(fd, parts, 2);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int error = n < 0 ? -errno : -EIO;

            remove_torn(fd, written);
            return error;
        }
        written += (size_t)n;
        advance(parts, (size_t)n);
    }
    return 0;
}
