/* SPDX-License-Identifier: Apache-2.0 */
#include "tar_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct tar_stream {
    struct archive *archive;
    char *chunk; /* made and not yet taken: from taken to length */
    size_t size, length, taken;
    bool given_up;
};

static la_ssize_t keep(struct archive *archive, void *context, const void *bytes, size_t length)
{
    struct tar_stream *stream = context;

    /* libarchive would pad an entry that was broken off, to its full size.  (After
     * archive_write_fail() it would not, but 3.6 leaks then.) */
    if (stream->given_up) {
        archive_set_error(archive, ECANCELED, "Given up");
        return -1;
    }
    if (stream->length + length > stream->size) {
        size_t size = (stream->length + length) * 2;
        char *larger = realloc(stream->chunk, size);

        if (larger == NULL) {
            archive_set_error(archive, ENOMEM, "Out of memory");
            return -1;
        }
        stream->chunk = larger;
        stream->size = size;
    }
    memcpy(stream->chunk + stream->length, bytes, length);
    stream->length += length;
    return (la_ssize_t)length;
}

/* GNU's format: it takes names of any bytes and length, whatever the locale, and sizes beyond
 * 8 GiB.  pax would have to know how a name is encoded. */
static bool open_archive(struct tar_stream *stream)
{
    struct archive *archive = archive_write_new();

    stream->archive = archive;
    return archive != NULL && archive_write_set_format_gnutar(archive) == ARCHIVE_OK &&
           archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
           archive_write_open2(archive, stream, NULL, keep, NULL, NULL) == ARCHIVE_OK;
}

struct tar_stream *tar_stream_new(void)
{
    struct tar_stream *stream = calloc(1, sizeof(*stream));

    if (stream != NULL && !open_archive(stream)) {
        tar_stream_free(stream);
        stream = NULL;
    }
    return stream;
}

void tar_stream_free(struct tar_stream *stream)
{
    if (stream == NULL)
        return;
    stream->given_up = true;
    if (stream->archive != NULL)
        archive_write_free(stream->archive);
    free(stream->chunk);
    free(stream);
}

static int failure_of(struct archive *archive)
{
    int errnum = archive_errno(archive);

    return errnum > 0 ? -errnum : -EIO;
}

/* Eleven octal digits. */
static time_t sayable(time_t time)
{
    const time_t latest = (time_t)077777777777;

    if (time < 0)
        return 0;
    return time < latest ? time : latest;
}

int tar_stream_header(struct tar_stream *stream, const struct tar_entry *entry)
{
    struct archive_entry *header = archive_entry_new();
    int rc;

    if (header == NULL)
        return -ENOMEM;
    archive_entry_copy_pathname(header, entry->path);
    archive_entry_set_mode(header, entry->mode);
    archive_entry_set_uid(header, entry->uid);
    archive_entry_set_gid(header, entry->gid);
    archive_entry_set_mtime(header, sayable(entry->modified_at), 0);
    archive_entry_set_size(header, (la_int64_t)entry->size);
    rc = archive_write_header(stream->archive, header);
    archive_entry_free(header);
    return rc < ARCHIVE_WARN ? failure_of(stream->archive) : 0;
}

int tar_stream_bytes(struct tar_stream *stream, const void *bytes, size_t length)
{
    return archive_write_data(stream->archive, bytes, length) == (la_ssize_t)length
               ? 0
               : failure_of(stream->archive);
}

int tar_stream_end(struct tar_stream *stream)
{
    return archive_write_close(stream->archive) == ARCHIVE_OK ? 0 : failure_of(stream->archive);
}

size_t tar_stream_take(struct tar_stream *stream, void *buffer, size_t size)
{
    size_t length = stream->length - stream->taken;

    if (length > size)
        length = size;
    if (length > 0)
        memcpy(buffer, stream->chunk + stream->taken, length);
    stream->taken += length;
    if (stream->taken == stream->length)
        stream->taken = stream->length = 0;
    return length;
}
