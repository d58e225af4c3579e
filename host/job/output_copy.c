/* SPDX-License-Identifier: Apache-2.0 */
#include "job/output_copy.h"

#include "base/utf8.h"
#include "job/beneath.h"
#include "job/file_copy.h"
#include "job/host_file.h"
#include "job/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct delivery {
    const struct settings *settings;
    int from_fd, to_fd;
    struct stat owner; /* of what is written, if this host is root */
    char temporary[JOB_ID_MAX + 16];
    struct error *err; /* the first */
    unsigned failures;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
#define FD_AUTO __attribute__((cleanup(close_fd))) int

static int give_to_owner(const struct delivery *delivery, int fd, mode_t mode)
{
    if (geteuid() == 0 && fchown(fd, delivery->owner.st_uid, delivery->owner.st_gid) != 0)
        return -errno;
    return fchmod(fd, mode) == 0 ? 0 : -errno;
}

/* Makes a folder if need be and opens it; a link in its place is refused. */
static int enter(const struct delivery *delivery, int dir_fd, const char *name)
{
    bool made = mkdirat(dir_fd, name, 0700) == 0;
    int result = made || errno == EEXIST
                     ? open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY, BENEATH_NO_LINKS)
                     : -errno;

    if (result >= 0 && host_folder_is(result, delivery->settings->data_dir)) {
        (void)close(result);
        return -EXDEV;
    }
    if (result >= 0 && made) {
        int given = give_to_owner(delivery, result, 0755);
        if (given != 0) {
            (void)close(result);
            return given;
        }
    }
    return result;
}

/* The folder that a file is to be in, each part made as needed; *name: the last part. */
static int open_place(const struct delivery *delivery, char *path, const char **name)
{
    int dir_fd = fcntl(delivery->to_fd, F_DUPFD_CLOEXEC, 0);
    char *slash;

    while (dir_fd >= 0 && (slash = strchr(path, '/')) != NULL) {
        *slash = '\0';
        int next = enter(delivery, dir_fd, path);
        (void)close(dir_fd);
        if (next < 0)
            return next;
        dir_fd = next;
        path = slash + 1;
    }
    *name = path;
    return dir_fd < 0 ? -errno : dir_fd;
}

/* Writes the copy under a name of its own; then it takes the file's. */
static int replace(const struct delivery *delivery, int from_fd, const struct stat *st, int dir_fd,
                   const char *name)
{
    const char *temporary = delivery->temporary;

    (void)unlinkat(dir_fd, temporary, 0); /* of a host that was killed */
    FD_AUTO fd =
        openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int result = file_copy(from_fd, fd, (uint64_t)st->st_size, NULL, NULL);
    if (result == 0)
        result = give_to_owner(delivery, fd, (st->st_mode & 0100) != 0 ? 0755 : 0644);
    if (result == 0 && fsync(fd) != 0)
        result = -errno;
    if (result == 0 && renameat(dir_fd, temporary, dir_fd, name) != 0)
        result = -errno;
    if (result != 0)
        (void)unlinkat(dir_fd, temporary, 0);
    return result;
}

static int deliver_file(const struct delivery *delivery, const char *path)
{
    struct stat st;
    const char *name = NULL;
    char *parts = strdup(path);

    if (parts == NULL)
        return -ENOMEM;
    FD_AUTO from_fd = open_beneath_plain(delivery->from_fd, path, BENEATH_NO_LINKS, &st);
    int result = from_fd < 0 ? from_fd : 0;
    if (result == 0 && S_ISREG(st.st_mode)) {
        FD_AUTO dir_fd = open_place(delivery, parts, &name);
        result = dir_fd < 0 ? dir_fd : replace(delivery, from_fd, &st, dir_fd, name);
        if (result == 0 && fsync(dir_fd) != 0)
            result = -errno;
    }
    free(parts);
    return result;
}

static bool disk_is_at_fault(int result)
{
    return result == -ENOSPC || result == -EDQUOT || result == -EROFS || result == -EIO;
}

static const char *why(int result)
{
    switch (result) {
    case -EXDEV:
    case -ELOOP:
    case -ENOTDIR:
        return "something else than a folder is in the way";
    case -EISDIR:
    case -EEXIST:
        return "a folder of this name is in the way";
    default:
        return strerrordesc_np(-result);
    }
}

static bool deliver_entry(void *context, const char *path, const struct stat *st)
{
    struct delivery *delivery = context;

    if (!S_ISREG(st->st_mode))
        return true;
    int result = deliver_file(delivery, path);
    if (result == 0)
        return true;
    delivery->failures++;
    if (delivery->err == NULL)
        delivery->err = error_new(ERROR_STORAGE, "output_path", "\"%.*s\" was not copied: %s.",
                                  (int)utf8_prefix(path, 200), path, why(result));
    return !disk_is_at_fault(result);
}

/* Makes the folder at the end of output_path if it is missing. */
static struct error *open_top(struct delivery *delivery, const struct host_path *path)
{
    const char *missing = NULL;
    int fd;
    struct error *err = host_folder_open(path, delivery->settings->data_dir, &fd, &missing);

    if (err != NULL)
        return err;
    if (fstat(fd, &delivery->owner) != 0)
        err = error_errno(errno, "output_path: looking at \"%s\"", path->path);
    delivery->to_fd = fd;
    if (err != NULL || missing == NULL)
        return err;
    delivery->to_fd = enter(delivery, fd, missing);
    (void)close(fd);
    return delivery->to_fd >= 0
               ? NULL
               : error_errno(-delivery->to_fd, "output_path: making \"%s\"", path->path);
}

struct error *output_copy(const struct settings *settings, const struct job_record *record,
                          int output_fd)
{
    struct delivery delivery = { .settings = settings, .from_fd = output_fd, .to_fd = -1 };
    struct host_path path;
    struct error *err = host_path_find(settings, "output_path", record->output_path, &path);

    (void)snprintf(delivery.temporary, sizeof(delivery.temporary), ".maps-%s.part", record->id);
    if (err == NULL)
        err = open_top(&delivery, &path);
    if (err == NULL) {
        int result = tree_walk(output_fd, deliver_entry, &delivery);

        err = delivery.err;
        if (err == NULL && result == -ELOOP)
            err = error_new(ERROR_STORAGE, "output_path",
                            "Not all was copied: folders are nested deeper than %d.",
                            (int)TREE_MAX_DEPTH);
        else if (err == NULL && result != 0)
            err = error_errno(-result, "Reading the outputs");
        if (err != NULL && delivery.failures > 1)
            err = error_wrap(err, "%u files were not copied, the first of them", delivery.failures);
    }
    close_fd(&delivery.to_fd);
    return err;
}
