/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the entries into bytes, a piece at a time.  libarchive pushes what it makes; the
 * pieces that it is fed are small, so that what it makes of one fits into a small chunk. */
#include "tarball_parts.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PIECE_BYTES = 16384 };

static la_ssize_t keep(struct archive *archive, void *context, const void *bytes, size_t length)
{
    struct tarball *tarball = context;

    if (tarball->chunk_length + length > tarball->chunk_size) {
        size_t size = (tarball->chunk_length + length) * 2;
        char *larger = realloc(tarball->chunk, size);

        if (larger == NULL) {
            archive_set_error(archive, ENOMEM, "Out of memory");
            return -1;
        }
        tarball->chunk = larger;
        tarball->chunk_size = size;
    }
    memcpy(tarball->chunk + tarball->chunk_length, bytes, length);
    tarball->chunk_length += length;
    return (la_ssize_t)length;
}

static int failure_of(struct archive *archive)
{
    int errnum = archive_errno(archive);

    return errnum > 0 ? -errnum : -EIO;
}

/* GNU's format: it takes names of any bytes and length, whatever the locale. */
static int begin(struct tarball *tarball)
{
    struct archive *archive = archive_write_new();

    if (archive == NULL)
        return -ENOMEM;
    tarball->archive = archive;
    if (archive_write_set_format_gnutar(archive) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
        archive_write_open2(archive, tarball, NULL, keep, NULL, NULL) != ARCHIVE_OK)
        return failure_of(archive);
    return 0;
}

static int write_header(struct tarball *tarball, const struct tarball_entry *entry)
{
    struct archive_entry *header = archive_entry_new();
    int rc;

    if (header == NULL)
        return -ENOMEM;
    archive_entry_copy_pathname(header, entry->path);
    archive_entry_set_mode(header, entry->mode);
    archive_entry_set_uid(header, entry->uid);
    archive_entry_set_gid(header, entry->gid);
    archive_entry_set_mtime(header, tarball->made_at, 0);
    archive_entry_set_size(header, (la_int64_t)entry->size);
    rc = archive_write_header(tarball->archive, header);
    archive_entry_free(header);
    return rc < ARCHIVE_WARN ? failure_of(tarball->archive) : 0;
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
    size_t length = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
    char buffer[PIECE_BYTES];
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
    if (archive_write_data(tarball->archive, piece, length) != (la_ssize_t)length)
        return failure_of(tarball->archive);
    tarball->written += length;
    return 0;
}

static int end_entry(struct tarball *tarball, const struct tarball_entry *entry)
{
    int rc = 0;

    if (entry->source != NULL) {
        rc = check_source(tarball, entry);
        close(tarball->source_fd);
        tarball->source_fd = -1;
    }
    if (rc == 0 && archive_write_finish_entry(tarball->archive) != ARCHIVE_OK)
        rc = failure_of(tarball->archive);
    return rc;
}

static int end(struct tarball *tarball)
{
    tarball->ended = true;
    return archive_write_close(tarball->archive) == ARCHIVE_OK ? 0 : failure_of(tarball->archive);
}

/* One step, which may make some bytes. */
static int advance(struct tarball *tarball)
{
    const struct tarball_entry *entry = tarball->current, *next;
    int rc = 0;

    if (tarball->archive == NULL)
        rc = begin(tarball);
    if (rc == 0 && entry != NULL && tarball->written < entry->size)
        return write_piece(tarball, entry);
    if (rc == 0 && entry != NULL)
        rc = end_entry(tarball, entry);
    if (rc != 0)
        return rc;
    next = entry == NULL ? tarball->first : entry->next;
    return next == NULL ? end(tarball) : begin_entry(tarball, next);
}

long tarball_read(void *context, void *buffer, size_t size)
{
    struct tarball *tarball = context;
    size_t length;

    while (tarball->failed == 0 && !tarball->ended &&
           tarball->chunk_read == tarball->chunk_length) {
        tarball->chunk_read = tarball->chunk_length = 0;
        tarball->failed = advance(tarball);
    }
    if (tarball->failed != 0)
        return tarball->failed;
    length = tarball->chunk_length - tarball->chunk_read;
    if (length > size)
        length = size;
    if (length > 0)
        memcpy(buffer, tarball->chunk + tarball->chunk_read, length);
    tarball->chunk_read += length;
    return (long)length;
}
