/* SPDX-License-Identifier: Apache-2.0 */
#include "start_marker.h"

#include "files.h"
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = sizeof(MAPS_INIT_STARTED_PREFIX) + 16 };

static void name_marker(uint32_t attempt, char name[static NAME_BYTES])
{
    (void)snprintf(name, NAME_BYTES, MAPS_INIT_STARTED_PREFIX "%" PRIu32, attempt);
}

static int open_control(const char *control_dir)
{
    int fd = open(control_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

int start_marker_look(const char *control_dir, uint32_t attempt)
{
    FD_AUTO dir_fd = open_control(control_dir);
    char name[NAME_BYTES];
    struct stat st;

    if (dir_fd < 0)
        return dir_fd;
    name_marker(attempt, name);
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return 1;
    return errno == ENOENT ? 0 : -errno;
}

int start_marker_claim(const char *control_dir, uint32_t attempt)
{
    FD_AUTO dir_fd = open_control(control_dir);
    char name[NAME_BYTES];

    if (dir_fd < 0)
        return dir_fd;
    name_marker(attempt, name);
    FD_AUTO fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    /* Some network file systems cannot sync a folder, and say EINVAL. */
    if (fd < 0 || (fsync(dir_fd) != 0 && errno != EINVAL))
        return -errno;
    return 0;
}
