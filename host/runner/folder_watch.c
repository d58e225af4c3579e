/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

int folder_watch_open(const char *folder)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd >= 0 && inotify_add_watch(fd, folder, IN_CREATE | IN_MOVED_TO | IN_MODIFY) < 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

void folder_watch_read(int fd)
{
    char events[16384];

    while (read(fd, events, sizeof(events)) > 0)
        ;
}
