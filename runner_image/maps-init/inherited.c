/* SPDX-License-Identifier: Apache-2.0 */
#include "inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST_FD = STDERR_FILENO + 1, MOST_FDS = 1 << 20 };

void inherited_fill_streams(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd < FIRST_FD);
    if (fd >= FIRST_FD)
        (void)close(fd);
}

static void close_from(int first)
{
    struct rlimit limit = { MOST_FDS, MOST_FDS };

    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
        return;
    /* Before Linux 5.9, or under a filter that does not know it. */
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = first; fd < MOST_FDS && (rlim_t)fd < limit.rlim_max; fd++)
        (void)close(fd);
}

bool inherited_close(int *kept_fd, struct sentence *why)
{
    if (*kept_fd < 0) {
        close_from(FIRST_FD);
        return true;
    }
    if (*kept_fd != FIRST_FD && dup2(*kept_fd, FIRST_FD) < 0)
        return sentence_set(why, "Descriptor %d for the control folder is of no use: %s.", *kept_fd,
                            strerror(errno));
    *kept_fd = FIRST_FD;
    close_from(FIRST_FD + 1);
    if (fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) != 0)
        return sentence_set(why, "The descriptor for the control folder is of no use: %s.",
                            strerror(errno));
    return true;
}
