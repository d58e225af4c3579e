/* SPDX-License-Identifier: Apache-2.0 */
/* Every step is one name in one open folder, and no link is followed: so no path, whatever
 * lies there, leads out of the folder in which it starts. */
#include "untar_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int split(struct place *place, const char *path)
{
    char *rest = place->text, *part;

    if (path[0] == '/' || strlen(path) >= sizeof(place->text))
        return -EINVAL;
    (void)snprintf(place->text, sizeof(place->text), "%s", path);
    while ((part = strsep(&rest, "/")) != NULL) {
        if (part[0] == '\0' || strcmp(part, ".") == 0)
            continue;
        if (strcmp(part, "..") == 0 || place->depth == PLACE_MAX_DEPTH)
            return -EINVAL;
        place->parts[place->depth++] = part;
    }
    return 0;
}

int place_parse(struct place *place, const char *name, const char *strip)
{
    struct place above = { 0 };
    size_t taken;

    place->depth = 0;
    if (split(place, name) != 0 || split(&above, strip) != 0 || place->depth < above.depth)
        return -EINVAL;
    for (taken = 0; taken < above.depth; taken++) {
        if (strcmp(place->parts[taken], above.parts[taken]) != 0)
            return -EINVAL;
    }
    place->depth -= taken;
    memmove(place->parts, place->parts + taken, place->depth * sizeof(place->parts[0]));
    return place->depth == 0 ? 1 : 0;
}

/* Makes or finds a folder and opens it.  made: it was not there. */
static int enter(int parent_fd, const char *name, bool *made)
{
    int fd;

    *made = mkdirat(parent_fd, name, 0700) == 0;
    if (!*made && errno != EEXIST)
        return -errno;
    fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 || (errno != ENOTDIR && errno != ELOOP))
        return fd < 0 ? -errno : fd;
    *made = unlinkat(parent_fd, name, 0) == 0 && mkdirat(parent_fd, name, 0700) == 0;
    fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int place_open_parent(int dir_fd, const struct place *place, size_t *made)
{
    int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);

    *made = 0;
    if (fd < 0)
        return -errno;
    for (size_t i = 0; i + 1 < place->depth; i++) {
        bool is_new;
        int below = enter(fd, place->parts[i], &is_new);

        close(fd);
        if (below < 0)
            return below;
        *made += is_new;
        fd = below;
    }
    return fd;
}

int place_folder(int parent_fd, const char *name, mode_t mode)
{
    bool made;
    int fd = enter(parent_fd, name, &made), rc;

    if (fd < 0)
        return fd;
    rc = fchmod(fd, mode) == 0 ? 0 : -errno;
    close(fd);
    return rc;
}

/* What lies there goes, unless it is a folder that is not empty. */
static int clear_name(int parent_fd, const char *name)
{
    if (unlinkat(parent_fd, name, 0) != 0 && errno == EISDIR &&
        unlinkat(parent_fd, name, AT_REMOVEDIR) != 0)
        return -EISDIR;
    return 0;
}

int place_file(int parent_fd, const char *name)
{
    int fd;

    if (clear_name(parent_fd, name) != 0)
        return -EISDIR;
    fd = openat(parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

int place_find_file(int dir_fd, const struct place *place)
{
    int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
    struct stat st;

    if (fd < 0)
        return -errno;
    for (size_t i = 0; i < place->depth; i++) {
        int below = openat(fd, place->parts[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
        int error = errno;

        close(fd);
        if (below < 0)
            return -error;
        fd = below;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return -ENOENT;
}

static bool is_same_file(int parent_fd, const char *name, int file_fd)
{
    struct stat here, there;

    return fstatat(parent_fd, name, &here, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstat(file_fd, &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

int place_link(int parent_fd, const char *name, int file_fd)
{
    char file[40];

    if (is_same_file(parent_fd, name, file_fd))
        return 0;
    if (clear_name(parent_fd, name) != 0)
        return -EISDIR;
    (void)snprintf(file, sizeof(file), "/proc/self/fd/%d", file_fd);
    return linkat(AT_FDCWD, file, parent_fd, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : -errno;
}
