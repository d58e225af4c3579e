/* SPDX-License-Identifier: Apache-2.0 */
#include "job/file_copy.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

/* So often the copy may be stopped; and what is copied by hand goes through a worker's stack. */
enum { PIECE_BYTES = 8 << 20, BUFFER_BYTES = 16384 };

static ssize_t copy_by_hand(int from_fd, off_t from, int to_fd, size_t length)
{
    char buffer[BUFFER_BYTES];
    ssize_t got = pread(from_fd, buffer, length < sizeof(buffer) ? length : sizeof(buffer), from);
    ssize_t put = 0;

    while (got > 0 && put < got) {
        ssize_t n = pwrite(to_fd, buffer + put, (size_t)(got - put), from + put);

        if (n < 0)
            return -1;
        put += n;
    }
    return got;
}

/* Copies a piece from one position to the same; bytes, 0 at the end of the file, -1 with errno. */
static ssize_t copy_piece(int from_fd, off_t at, int to_fd, size_t length)
{
    off_t from = at, to = at;
    ssize_t n = copy_file_range(from_fd, &from, to_fd, &to, length, 0);

    /* Filesystems differ in what they cannot do, and some copy nothing where there is something
     * (procfs, overlays). */
    if (n > 0 || (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EINTR)))
        return n;
    return copy_by_hand(from_fd, at, to_fd, length);
}

static int copy_range(int from_fd, int to_fd, off_t at, off_t end, copy_stop_fn stop, void *context)
{
    while (at < end) {
        size_t length = end - at < PIECE_BYTES ? (size_t)(end - at) : PIECE_BYTES;
        ssize_t n = copy_piece(from_fd, at, to_fd, length);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            return 0; /* it was cut meanwhile */
        if (n > 0)
            at += n;
        if (stop != NULL && stop(context))
            return -ECANCELED;
    }
    return 0;
}

/* The next data at or after a position and where it ends; false: only a hole is left. */
static bool next_data(int fd, off_t end, off_t *from, off_t *to)
{
    off_t data = lseek(fd, *from, SEEK_DATA);

    if (data < 0 && errno == ENXIO)
        return false;
    if (data >= 0)
        *from = data;
    off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
    *to = hole < 0 || hole > end ? end : hole;
    return *from < end;
}

int file_copy(int from_fd, int to_fd, uint64_t size, copy_stop_fn stop, void *context)
{
    off_t end = (off_t)size, at = 0, to = 0;
    int result = 0;

    if (stop != NULL && stop(context))
        return -ECANCELED;
    if (ioctl(to_fd, FICLONE, from_fd) == 0)
        return ftruncate(to_fd, end) == 0 ? 0 : -errno;
    while (result == 0 && at < end && next_data(from_fd, end, &at, &to)) {
        result = copy_range(from_fd, to_fd, at, to, stop, context);
        at = to;
    }
    if (result == 0 && ftruncate(to_fd, end) != 0)
        result = -errno;
    return result;
}
