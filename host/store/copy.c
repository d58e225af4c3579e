/* SPDX-License-Identifier: Apache-2.0 */
/* Why a plain copy is whole: the database's file changes at checkpoints only, and these write
 * nothing that the log does not hold until the log begins anew.  So if the file is copied first,
 * the log second, and the log has not begun anew in between, then whatever the copy of the file
 * lacks or has torn is in the copy of the log, and SQLite takes it from there.  A host that runs
 * does no checkpoints while it is asked to keep still; what little can still go wrong (a
 * checkpoint under way, a host that stops or starts) is seen, and the copy made again. */
#include "store/copy.h"

#include "store/data_folder.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 20, PAUSE_MS = 100, WAL_HEADER_BYTES = 32, BUFFER_BYTES = 256 * 1024 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
#define FD_AUTO __attribute__((cleanup(close_fd))) int

/* What tells two generations of the log apart, and of the file where there is no log. */
struct generation {
    bool has_wal, has_header;
    dev_t device;
    ino_t inode;
    char header[WAL_HEADER_BYTES];
    struct timespec modified;
    off_t size;
};

static bool is_same(const struct generation *a, const struct generation *b)
{
    if (a->has_wal != b->has_wal || a->has_header != b->has_header)
        return false;
    if (a->has_wal && (a->device != b->device || a->inode != b->inode))
        return false;
    if (a->has_header)
        return memcmp(a->header, b->header, WAL_HEADER_BYTES) == 0;
    return a->size == b->size && a->modified.tv_sec == b->modified.tv_sec &&
           a->modified.tv_nsec == b->modified.tv_nsec;
}

/* Opens the log, if there is one; 0 or -errno. */
static int read_generation(int folder_fd, struct generation *generation, int *wal_fd)
{
    struct stat st;

    *generation = (struct generation){ .has_wal = false };
    if (fstatat(folder_fd, "store.db", &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    generation->modified = st.st_mtim;
    generation->size = st.st_size;
    *wal_fd = openat(folder_fd, "store.db-wal", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*wal_fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (fstat(*wal_fd, &st) != 0)
        return -errno;
    generation->has_wal = true;
    generation->device = st.st_dev;
    generation->inode = st.st_ino;
    generation->has_header =
        pread(*wal_fd, generation->header, WAL_HEADER_BYTES, 0) == WAL_HEADER_BYTES;
    return 0;
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno != EINTR)
            return -errno;
        bytes += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int copy_bytes(int from, const char *path)
{
    FD_AUTO to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    char *buffer = malloc(BUFFER_BYTES);
    off_t offset = 0;
    ssize_t n = 1;
    int result = buffer == NULL ? -ENOMEM : to < 0 ? -errno : 0;

    while (result == 0 && n > 0) {
        n = pread(from, buffer, BUFFER_BYTES, offset);
        if (n < 0)
            result = -errno;
        else
            result = write_all(to, buffer, (size_t)n);
        offset += n;
    }
    free(buffer);
    return result;
}

static int copy_files(int folder_fd, int wal_fd, const char *path)
{
    char wal_path[4096];
    FD_AUTO fd = openat(folder_fd, "store.db", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int result = fd < 0 ? -errno : copy_bytes(fd, path);

    if ((size_t)snprintf(wal_path, sizeof(wal_path), "%s-wal", path) >= sizeof(wal_path))
        return -ENAMETOOLONG;
    return result == 0 && wal_fd >= 0 ? copy_bytes(wal_fd, wal_path) : result;
}

/* 0: whole; 1: to be made again; -errno. */
static int try_copy(int folder_fd, const char *path)
{
    struct generation before, after;
    FD_AUTO wal_fd = -1;
    FD_AUTO wal_after_fd = -1;
    int result = read_generation(folder_fd, &before, &wal_fd);

    if (result == 0)
        result = copy_files(folder_fd, wal_fd, path);
    if (result == 0)
        result = read_generation(folder_fd, &after, &wal_after_fd);
    if (result == 0 && !is_same(&before, &after))
        result = 1;
    if (result != 0 && result != -EEXIST) /* then it is not ours */
        store_copy_remove(path);
    return result;
}

static struct error *copy_error(const char *data_dir, const char *path, int result)
{
    if (result == -ENOENT)
        return error_new(ERROR_NOT_FOUND, NULL, "There is no store in %s, or no folder for %s.",
                         data_dir, path);
    if (result == 1)
        return error_new(ERROR_UNAVAILABLE, NULL,
                         "The store in %s changes too quickly to be copied. Try again.", data_dir);
    return error_errno(-result, "The store in %s cannot be copied to %s", data_dir, path);
}

struct error *store_copy(const char *data_dir, const char *path)
{
    const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
    FD_AUTO still_fd = -1;
    struct error *err = data_folder_keep_still(data_dir, &still_fd);

    if (err != NULL)
        return err;
    FD_AUTO folder_fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = folder_fd < 0 ? -errno : try_copy(folder_fd, path);
    for (int i = 1; result == 1 && i < TRIES; i++) {
        (void)nanosleep(&pause, NULL);
        result = try_copy(folder_fd, path);
    }
    return result == 0 ? NULL : copy_error(data_dir, path, result);
}

struct error *store_copy_open(const char *path, sqlite3 **database)
{
    struct error *err = NULL;

    if (sqlite3_open_v2(path, database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(*database,
                     "PRAGMA locking_mode=EXCLUSIVE; PRAGMA trusted_schema=OFF;"
                     "SELECT count(*) FROM sqlite_schema",
                     NULL, NULL, NULL) != SQLITE_OK)
        err = *database == NULL ? error_errno(ENOMEM, "The copy %s cannot be opened", path)
                                : schema_error(*database, "Cannot read the copy");
    if (err != NULL) {
        (void)sqlite3_close(*database);
        *database = NULL;
    }
    return err;
}

void store_copy_remove(const char *path)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
    char name[4096];

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if ((size_t)snprintf(name, sizeof(name), "%s%s", path, endings[i]) < sizeof(name))
            (void)unlink(name);
}
