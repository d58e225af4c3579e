/* SPDX-License-Identifier: Apache-2.0 */
#include "job/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel gives up on ".." in a link while something is renamed elsewhere; then it is to be
 * asked again. */
enum { TRIES = 16 };

int open_beneath(int dir_fd, const char *path, uint64_t flags, enum beneath links)
{
    struct open_how how = { .flags = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    long fd = -1;

    if ((flags & O_PATH) != 0) /* takes no others */
        how.flags = flags | O_CLOEXEC;
    if (links == BENEATH_NO_LINKS)
        how.resolve |= RESOLVE_NO_SYMLINKS;
    for (int i = 0; i < TRIES; i++) {
        fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return fd < 0 ? -errno : (int)fd;
}

/* For reading, what is open only as a place. */
static int reopen(int place_fd)
{
    char name[40];
    int fd;

    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", place_fd);
    fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd < 0 ? -errno : fd;
}

int open_beneath_plain(int dir_fd, const char *path, enum beneath links, struct stat *st)
{
    int place_fd = open_beneath(dir_fd, path, O_PATH, links);
    int result = place_fd;

    if (place_fd < 0)
        return result;
    if (fstat(place_fd, st) != 0)
        result = -errno;
    else if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
        result = reopen(place_fd);
    else
        result = S_ISLNK(st->st_mode) ? -ELOOP : -ENODEV;
    (void)close(place_fd);
    return result;
}
