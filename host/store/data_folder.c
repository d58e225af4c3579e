/* SPDX-License-Identifier: Apache-2.0 */
#include "store/data_folder.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMM_BYTES = 64 };

/* What each byte of the lock file stands for. */
enum { BYTE_HOST = 0, BYTE_STILL = 1 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
#define FD_AUTO __attribute__((cleanup(close_fd))) int

static void free_text(char **text)
{
    free(*text);
}
#define TEXT_AUTO __attribute__((cleanup(free_text))) char *

static struct error *check_is_folder(const char *folder)
{
    struct stat status;

    if (stat(folder, &status) != 0)
        return error_errno(errno, "The data folder %s cannot be used", folder);
    if (!S_ISDIR(status.st_mode))
        return error_new(ERROR_INVALID, NULL,
                         "The data folder %s is not a folder. Name another one with MAPS_DATA_DIR.",
                         folder);
    return NULL;
}

static struct error *make_folders(const char *folder)
{
    TEXT_AUTO path = strdup(folder);

    if (path == NULL)
        return error_errno(ENOMEM, "The data folder %s cannot be made", folder);
    for (char *slash = path; *slash != '\0';) {
        slash = strchrnul(slash + 1, '/');
        char kept = *slash;
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return error_errno(errno, "The data folder %s cannot be made (%s)", folder, path);
        *slash = kept;
    }
    return check_is_folder(folder);
}

/* What the kernel calls a process, or "" if there is none that we can see. */
static void read_process_name(long pid, char name[static COMM_BYTES])
{
    char path[64];

    name[0] = '\0';
    (void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t length = read(fd, name, COMM_BYTES - 1);
    name[length > 0 ? length : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
}

static struct error *in_use(const char *folder, int lock_fd)
{
    static const char advice[] = "Stop it, or give this one its own folder with MAPS_DATA_DIR.";
    char text[32], name[COMM_BYTES];
    ssize_t length = pread(lock_fd, text, sizeof(text) - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    long pid = strtol(text, NULL, 10);
    if (pid <= 0)
        return error_new(ERROR_UNAVAILABLE, NULL,
                         "The data folder %s is in use by another process. %s", folder, advice);
    read_process_name(pid, name);
    return error_new(ERROR_UNAVAILABLE, NULL,
                     "The data folder %s is in use by process %ld%s%s%s. %s", folder, pid,
                     name[0] == '\0' ? "" : " (", name, name[0] == '\0' ? "" : ")", advice);
}

/* A disk that is full must not keep the host from starting: the lock is held anyway. */
static void write_pid(const char *path, int lock_fd)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

    if (pwrite(lock_fd, text, (size_t)length, 0) != length || ftruncate(lock_fd, length) != 0)
        log_warning("The process id cannot be written to %s: %m", path);
}

struct error *data_folder_take(const char *folder, int *lock_fd)
{
    TEXT_AUTO path = NULL;
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = BYTE_HOST, .l_len = 1
    };
    struct error *err = make_folders(folder);

    if (err != NULL)
        return err;
    if (asprintf(&path, "%s/lock", folder) < 0) {
        path = NULL;
        return error_errno(ENOMEM, "The data folder %s cannot be locked", folder);
    }
    FD_AUTO fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_errno(errno, "The lock file %s cannot be opened", path);
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            return in_use(folder, fd);
        return error_errno(errno, "The lock file %s cannot be locked", path);
    }
    write_pid(path, fd);
    *lock_fd = fd;
    fd = -1;
    return NULL;
}

struct error *data_folder_keep_still(const char *folder, int *still_fd)
{
    TEXT_AUTO path = NULL;
    struct flock lock = {
        .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = BYTE_STILL, .l_len = 1
    };

    if (asprintf(&path, "%s/lock", folder) < 0) {
        path = NULL;
        return error_errno(ENOMEM, "The data folder %s cannot be read", folder);
    }
    FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return error_new(ERROR_NOT_FOUND, NULL,
                         "There is no store in %s. Name the data folder with MAPS_DATA_DIR or "
                         "--set data_dir=FOLDER.",
                         folder);
    if (fd < 0)
        return error_errno(errno, "The lock file %s cannot be opened", path);
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0)
        return error_errno(errno, "The lock file %s cannot be locked", path);
    *still_fd = fd;
    fd = -1;
    return NULL;
}

static bool is_locked(int fd, int byte)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool data_folder_is_kept_still(int lock_fd)
{
    return is_locked(lock_fd, BYTE_STILL);
}

bool data_folder_is_in_use(int still_fd)
{
    return is_locked(still_fd, BYTE_HOST);
}
