/* SPDX-License-Identifier: Apache-2.0 */
#include "job/output_archive.h"

#include "job/output_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <tar_stream.h>
#include <unistd.h>

struct output_archive {
    int output_fd;
    struct output_walk *walk;
    struct tar_stream *stream;
    struct stat home; /* where the job's folder lies; it moves to be removed */
    int file;         /* being read, or -1 */
    uint64_t left;    /* of its bytes */
    bool ended;
    int failed; /* -errno, or 0 */
};

static int find_home(const struct output_archive *archive, struct stat *home)
{
    return fstatat(archive->output_fd, "../..", home, 0) == 0 ? 0 : -errno;
}

struct output_archive *output_archive_new(int output_fd)
{
    struct output_archive *archive = calloc(1, sizeof(*archive));

    if (archive == NULL) {
        (void)close(output_fd);
        return NULL;
    }
    archive->output_fd = output_fd;
    archive->file = -1;
    archive->walk = output_walk_new(output_fd);
    archive->stream = tar_stream_new();
    archive->failed = find_home(archive, &archive->home);
    if (archive->walk != NULL && archive->stream != NULL)
        return archive;
    output_archive_free(archive);
    return NULL;
}

static void close_file(struct output_archive *archive)
{
    if (archive->file >= 0)
        (void)close(archive->file);
    archive->file = -1;
}

void output_archive_free(struct output_archive *archive)
{
    if (archive == NULL)
        return;
    close_file(archive);
    output_walk_free(archive->walk);
    tar_stream_free(archive->stream);
    (void)close(archive->output_fd);
    free(archive);
}

static int write_header(struct output_archive *archive, const char *path, const struct stat *status)
{
    bool plain = S_ISREG(status->st_mode) && (status->st_mode & 0111) == 0;
    const struct tar_entry header = { .path = path,
                                      .mode = (status->st_mode & S_IFMT) | (plain ? 0644 : 0755),
                                      .modified_at = status->st_mtim.tv_sec,
                                      .size = S_ISREG(status->st_mode) ? (uint64_t)status->st_size
                                                                       : 0 };

    return tar_stream_header(archive->stream, &header);
}

/* Its owner may have made it unreadable.  O_NONBLOCK: by now it may be a FIFO. */
static int open_file(const struct walk_entry *entry)
{
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int file = openat(entry->folder_fd, entry->name, flags);

    if (file < 0 && errno == EACCES &&
        fchmodat(entry->folder_fd, entry->name, 0600, AT_SYMLINK_NOFOLLOW) == 0)
        file = openat(entry->folder_fd, entry->name, flags);
    return file < 0 ? -errno : file;
}

static int begin_file(struct output_archive *archive, const struct walk_entry *entry)
{
    struct stat status;
    int file = open_file(entry);

    /* It may be gone by now, or be a link, or a socket. */
    if (file == -ENOENT || file == -ELOOP || file == -ENXIO)
        return 0;
    if (file < 0)
        return file;
    archive->file = file;
    if (fstat(file, &status) != 0)
        return -errno;
    if (!S_ISREG(status.st_mode)) {
        close_file(archive);
        return 0;
    }
    archive->left = (uint64_t)status.st_size;
    return write_header(archive, entry->path, &status);
}

static int go_on_with_file(struct output_archive *archive)
{
    char piece[TAR_PIECE_BYTES];
    size_t length = archive->left < sizeof(piece) ? (size_t)archive->left : sizeof(piece);

    if (length == 0) {
        close_file(archive);
        return 0;
    }
    ssize_t got = read(archive->file, piece, length);
    if (got <= 0)
        return got < 0 ? -errno : -ESTALE;
    archive->left -= (uint64_t)got;
    return tar_stream_bytes(archive->stream, piece, (size_t)got);
}

/* What vanished with its job would be missing without a trace. */
static int end(struct output_archive *archive)
{
    struct stat home;

    if (find_home(archive, &home) != 0 || home.st_dev != archive->home.st_dev ||
        home.st_ino != archive->home.st_ino)
        return -ESTALE;
    archive->ended = true;
    return tar_stream_end(archive->stream);
}

/* One step, which may make some bytes. */
static int advance(struct output_archive *archive)
{
    struct walk_entry entry;

    if (archive->file >= 0)
        return go_on_with_file(archive);
    int found = output_walk_next(archive->walk, &entry);
    if (found <= 0)
        return found < 0 ? found : end(archive);
    if (S_ISDIR(entry.status.st_mode))
        return write_header(archive, entry.path, &entry.status);
    return S_ISREG(entry.status.st_mode) ? begin_file(archive, &entry) : 0;
}

ssize_t output_archive_read(struct output_archive *archive, char *buffer, size_t size)
{
    size_t length = 0;

    while (length < size) {
        size_t taken = tar_stream_take(archive->stream, buffer + length, size - length);

        length += taken;
        if (taken > 0)
            continue;
        if (archive->failed == 0 && !archive->ended)
            archive->failed = advance(archive);
        else
            break;
    }
    return length > 0 ? (ssize_t)length : archive->failed;
}
