/* SPDX-License-Identifier: Apache-2.0 */
#include "job/host_file.h"

#include "base/utf8.h"
#include "job/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file or folder, as messages name it. */
#define NAMED(PATH) (PATH)->field, (int)utf8_prefix((PATH)->path, 200), (PATH)->path

static struct error *failed(const struct host_path *path, int result)
{
    switch (result) {
    case -ENOENT:
    case -ENOTDIR:
        return error_new(ERROR_INVALID, path->field, "%s: there is no \"%.*s\" on this host.",
                         NAMED(path));
    case -EACCES:
        return error_new(ERROR_INVALID, path->field,
                         "%s: this host is not permitted to open \"%.*s\".", NAMED(path));
    case -EXDEV:
    case -ELOOP:
        return error_new(ERROR_INVALID, path->field,
                         "%s: a link leads \"%.*s\" out of the folder that the operator has "
                         "allowed (%s).",
                         NAMED(path), path->root);
    case -ENODEV:
        return error_new(ERROR_INVALID, path->field,
                         "%s: \"%.*s\" is neither a regular file nor a folder.", NAMED(path));
    case -ENOSYS:
    case -EPERM:
        return error_new(ERROR_INVALID, path->field,
                         "%s is refused: paths are opened with openat2, which this kernel, or the "
                         "sandbox that this host runs in, does not have.",
                         path->field);
    default:
        return error_errno(-result, "%s: opening \"%.*s\"", NAMED(path));
    }
}

/* The operator's folder itself may be reached by any link. */
static struct error *open_root(const struct host_path *path, int *fd)
{
    *fd = open(path->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*fd >= 0)
        return NULL;
    if (errno == ENOENT || errno == ENOTDIR || errno == EACCES)
        return error_new(ERROR_INVALID, path->field,
                         "%s: the folder \"%s\", which the operator has allowed, cannot be opened "
                         "(%s).",
                         path->field, path->root, strerrordesc_np(errno));
    return error_errno(errno, "%s: opening \"%s\"", path->field, path->root);
}

/* Whatever the way there was. */
static bool lies_below(int fd, const char *folder)
{
    char name[40], place[PATH_MAX], whole[PATH_MAX];
    size_t length;

    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(name, place, sizeof(place) - 1);
    if (n < 0 || realpath(folder, whole) == NULL)
        return true; /* it cannot be told */
    place[n] = '\0';
    length = strlen(whole);
    return strncmp(place, whole, length) == 0 && (place[length] == '/' || place[length] == '\0');
}

static struct error *check_not_own(const struct host_path *path, const char *data_dir, int fd)
{
    if (!lies_below(fd, data_dir))
        return NULL;
    return error_new(ERROR_INVALID, path->field,
                     "%s: \"%.*s\" belongs to the data folder of this host, which is no job's.",
                     NAMED(path));
}

bool host_folder_is(int fd, const char *data_dir)
{
    struct stat here, there;

    return fstat(fd, &here) != 0 || stat(data_dir, &there) != 0 ||
           (here.st_dev == there.st_dev && here.st_ino == there.st_ino);
}

/* Closes the descriptor if there is an error. */
static struct error *keep_or_close(struct error *err, int *fd)
{
    if (err != NULL) {
        (void)close(*fd);
        *fd = -1;
    }
    return err;
}

struct error *host_file_open(const struct host_path *path, const char *data_dir, int *fd,
                             struct stat *st)
{
    int root_fd;
    struct error *err = open_root(path, &root_fd);

    if (err != NULL)
        return err;
    *fd = open_beneath_plain(root_fd, path->rest, BENEATH_LINKS, st);
    (void)close(root_fd);
    if (*fd < 0)
        return failed(path, *fd);
    return keep_or_close(check_not_own(path, data_dir, *fd), fd);
}

/* ---- whole texts ---- */

static struct error *too_large(const struct host_path *path, uint64_t most_bytes)
{
    return error_new(ERROR_TOO_LARGE, path->field,
                     "%s: \"%.*s\" is larger than the %llu bytes that this server takes; let the "
                     "operator raise http.max_body_bytes.",
                     NAMED(path), (unsigned long long)most_bytes);
}

static struct error *read_all(const struct host_path *path, int fd, size_t size, char **text,
                              size_t *length)
{
    char *bytes = malloc(size + 1);
    size_t used = 0;
    ssize_t n = 1;

    if (bytes == NULL)
        return error_errno(ENOMEM, "%s cannot be read", path->field);
    while (used < size && n > 0) {
        n = read(fd, bytes + used, size - used);
        if (n > 0)
            used += (size_t)n;
    }
    if (n < 0) {
        struct error *err = error_errno(errno, "%s: reading \"%.*s\"", NAMED(path));
        free(bytes);
        return err;
    }
    bytes[used] = '\0';
    *text = bytes;
    *length = used;
    return NULL;
}

struct error *host_file_read(const struct host_path *path, const char *data_dir,
                             uint64_t most_bytes, char **text, size_t *length)
{
    struct stat st;
    int fd;
    struct error *err = host_file_open(path, data_dir, &fd, &st);

    if (err != NULL)
        return err;
    if (!S_ISREG(st.st_mode))
        err = error_new(ERROR_INVALID, path->field, "%s: \"%.*s\" is a folder; name a file.",
                        NAMED(path));
    else if ((uint64_t)st.st_size > most_bytes)
        err = too_large(path, most_bytes);
    else
        err = read_all(path, fd, (size_t)st.st_size, text, length);
    (void)close(fd);
    return err;
}

/* ---- folders to write to ---- */

static struct error *check_writable(const struct host_path *path, int fd)
{
    if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0)
        return NULL;
    return error_new(ERROR_INVALID, path->field, "%s: this host cannot write to \"%.*s\" (%s).",
                     NAMED(path), strerrordesc_np(errno));
}

/* Opens the folder in which the last part of the path is. */
static int open_parent(int root_fd, const char *rest)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(rest, '/');

    if (slash == NULL)
        return open_beneath(root_fd, ".", O_RDONLY | O_DIRECTORY, BENEATH_LINKS);
    (void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - rest), rest);
    return open_beneath(root_fd, parent, O_RDONLY | O_DIRECTORY, BENEATH_LINKS);
}

struct error *host_folder_open(const struct host_path *path, const char *data_dir, int *fd,
                               const char **missing)
{
    const char *slash = strrchr(path->rest, '/');
    struct stat st;
    int root_fd;
    struct error *err = open_root(path, &root_fd);

    *missing = NULL;
    if (err != NULL)
        return err;
    *fd = open_beneath(root_fd, path->rest, O_RDONLY | O_DIRECTORY, BENEATH_LINKS);
    if (*fd == -ENOENT) {
        *fd = open_parent(root_fd, path->rest);
        *missing = slash == NULL ? path->rest : slash + 1;
    }
    (void)close(root_fd);
    if (*fd == -ENOENT)
        return error_new(ERROR_INVALID, path->field,
                         "%s: there is no folder in which \"%.*s\" could be made.", NAMED(path));
    if (*fd == -ENOTDIR)
        return error_new(ERROR_INVALID, path->field, "%s: \"%.*s\" is not a folder.", NAMED(path));
    if (*fd < 0)
        return failed(path, *fd);
    /* a link that leads nowhere is there, but not a folder */
    if (*missing != NULL && fstatat(*fd, *missing, &st, AT_SYMLINK_NOFOLLOW) == 0)
        err = failed(path, -ELOOP);
    if (err == NULL)
        err = check_not_own(path, data_dir, *fd);
    if (err == NULL)
        err = check_writable(path, *fd);
    return keep_or_close(err, fd);
}
