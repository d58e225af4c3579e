/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/plugin_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static struct error *check_writers(const struct stat *status, uid_t uid, const char *what)
{
    if (status->st_uid != 0 && status->st_uid != uid)
        return error_new(ERROR_INVALID, NULL,
                         "%s belongs to user %u, but only root and the host's own user (%u) may "
                         "provide plugins. Give it to one of them with chown.",
                         what, (unsigned)status->st_uid, (unsigned)uid);
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_new(ERROR_INVALID, NULL,
                         "%s is writable by group or others (mode %04o). Take that away with "
                         "chmod go-w.",
                         what, (unsigned)(status->st_mode & 07777));
    return NULL;
}

struct error *plugin_file_trusted(const struct stat *status, uid_t uid)
{
    if (!S_ISREG(status->st_mode))
        return error_new(ERROR_INVALID, NULL,
                         "It is not a regular file. Put a compiled plugin there, or remove it.");
    return check_writers(status, uid, "The file");
}

struct error *plugin_folder_trusted(const struct stat *status, uid_t uid)
{
    return check_writers(status, uid, "The folder it lies in");
}

static struct error *check_opened(int folder, int fd)
{
    struct stat status;
    struct error *err;

    if (fstat(folder, &status) != 0)
        return error_errno(errno, "Cannot look at the folder it lies in");
    err = plugin_folder_trusted(&status, geteuid());
    if (err != NULL)
        return err;
    if (fstat(fd, &status) != 0)
        return error_errno(errno, "Cannot look at the file");
    return plugin_file_trusted(&status, geteuid());
}

struct error *plugin_file_open(int folder, const char *name, int *fd)
{
    /* O_NONBLOCK: a FIFO of that name must not hold up the start. */
    int opened = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (opened < 0 && errno == ELOOP)
        return error_new(ERROR_INVALID, NULL,
                         "It is a symbolic link. Put the file itself into the folder.");
    if (opened < 0)
        return error_errno(errno, "It cannot be opened");
    struct error *err = check_opened(folder, opened);
    if (err != NULL) {
        (void)close(opened);
        return err;
    }
    *fd = opened;
    return NULL;
}
