/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the entries into bytes, a piece at a time. */
#include "tarball_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int write_header(struct tarball *tarball, const struct tarball_entry *entry)
{
    const struct tar_entry header = { .path = entry->path,
                                      .mode = entry->mode,
                                      .uid = entry->uid,
                                      .gid = entry->gid,
                                      .modified_at = tarball->made_at,
                                      .size = entry->size };

    return tar_stream_header(tarball->stream, &header);
}

/* A file may have become a FIFO meanwhile: opening it must not block. */
static int open_source(const struct tarball_entry *entry)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
        .resolve = entry->root_fd == AT_FDCWD ? 0 : RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
    };
    long fd = syscall(SYS_openat2, entry->root_fd, entry->source, &how, sizeof(how));

    return fd < 0 ? -errno : (int)fd;
}

static int check_source(const struct tarball *tarball, const struct tarball_entry *entry)
{
    struct stat st;

    if (fstat(tarball->source_fd, &st) != 0)
        return -errno;
    return S_ISREG(st.st_mode) && (uint64_t)st.st_size == entry->size ? 0 : -ESTALE;
}

static int begin_entry(struct tarball *tarball, const struct tarball_entry *entry)
{
    if (entry->source != NULL) {
        int rc = open_source(entry);

        if (rc < 0)
            return rc;
        tarball->source_fd = rc;
        rc = check_source(tarball, entry);
        if (rc != 0)
            return rc;
    }
    tarball->current = entry;
    tarball->written = 0;
    return write_header(tarball, entry);
}

static int write_piece(struct tarball *tarball, const struct tarball_entry *entry)
{
    uint64_t left = entry->size - tarball->written;
    size_t length = left < TAR_PIECE_BYTES ? (size_t)left : TAR_PIECE_BYTES;
    char buffer[TAR_PIECE_BYTES];
    const char *piece = (const char *)entry->bytes + tarball->written;

    if (entry->source != NULL) {
        ssize_t got = read(tarball->source_fd, buffer, length);

        if (got < 0 && errno == EINTR)
            return 0;
        if (got <= 0)
            return got < 0 ? -errno : -ESTALE;
        piece = buffer;
        length = (size_t)got;
    }
    tarball->written += length;
    return tar_stream_bytes(tarball->stream, piece, length);
}

static int end_entry(struct tarball *tarball, const struct tarball_entry *entry)
{
    int rc = 0;

    if (entry->source != NULL) {
        rc = check_source(tarball, entry);
        close(tarball->source_fd);
        tarball->source_fd = -1;
    }
    return rc;
}

static int end(struct tarball *tarball)
{
    tarball->ended = true;
    return tar_stream_end(tarball->stream);
}

/* One step, which may make some bytes. */
static int advance(struct tarball *tarball)
{
    const struct tarball_entry *entry = tarball->current, *next;
    int rc = 0;

    if (entry != NULL && tarball->written < entry->size)
        return write_piece(tarball, entry);
    if (entry != NULL)
        rc = end_entry(tarball, entry);
    if (rc != 0)
        return rc;
    next = entry == NULL ? tarball->first : entry->next;
    return next == NULL ? end(tarball) : begin_entry(tarball, next);
}

long tarball_read(void *context, void *buffer, size_t size)
{
    struct tarball *tarball = context;
    size_t length = tar_stream_take(tarball->stream, buffer, size);

    while (length == 0 && tarball->failed == 0 && !tarball->ended) {
        tarball->failed = advance(tarball);
        length = tar_stream_take(tarball->stream, buffer, size);
    }
    return tarball->failed != 0 ? tarball->failed : (long)length;
}
