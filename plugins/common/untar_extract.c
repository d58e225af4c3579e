/* SPDX-License-Identifier: Apache-2.0 */
#include "untar_extract.h"

#include "files.h"
#include "untar_place.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { END_BYTES = 1024 };

static void count_zeros(struct extract *extract, size_t length)
{
    size_t zeros = 0;

    while (zeros < length && extract->buffer[length - 1 - zeros] == '\0')
        zeros++;
    extract->zeros = zeros == length ? extract->zeros + zeros : zeros;
}

static ssize_t receive(struct extract *extract)
{
    ssize_t got;

    do
        got = recv(extract->source_fd, extract->buffer, sizeof(extract->buffer), 0);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        count_zeros(extract, (size_t)got);
    return got;
}

static la_ssize_t next_bytes(struct archive *archive, void *context, const void **bytes)
{
    struct extract *extract = context;
    ssize_t got = receive(extract);

    if (got < 0)
        archive_set_error(archive, errno, "Cannot read the archive");
    *bytes = extract->buffer;
    return got;
}

static int over_limit(struct extract *extract, const char *what, uint64_t limit)
{
    return fault_set(&extract->fault, EDQUOT, "There are more than %llu %s",
                     (unsigned long long)limit, what);
}

static int count_entries(struct extract *extract, uint64_t more)
{
    uint64_t most = extract->limits.entries;

    extract->entries += more;
    return most > 0 && extract->entries > most ? over_limit(extract, "files and folders", most) : 0;
}

static int damaged(struct extract *extract, struct archive *archive)
{
    const char *why = archive_error_string(archive);

    if (archive_errno(archive) == ENOMEM)
        return fault_set(&extract->fault, ENOMEM, "Out of memory");
    return fault_set(&extract->fault, EBADMSG, "The archive is damaged: %s",
                     why != NULL ? why : "it is not a tar archive");
}

static int write_at(int fd, const char *bytes, size_t length, off_t offset)
{
    while (length > 0) {
        ssize_t put = pwrite(fd, bytes, length, offset);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        bytes += put;
        offset += put;
        length -= (size_t)put;
    }
    return 0;
}

/* The holes of a sparse file stay holes. */
static int write_body(struct extract *extract, struct archive *archive, int fd, off_t size)
{
    const void *bytes;
    size_t length;
    la_int64_t offset;
    int rc;

    while ((rc = archive_read_data_block(archive, &bytes, &length, &offset)) == ARCHIVE_OK) {
        rc = write_at(fd, bytes, length, offset);
        if (rc != 0)
            return fault_set(&extract->fault, -rc, "Cannot write a file: %s", strerror(-rc));
    }
    if (rc != ARCHIVE_EOF)
        return damaged(extract, archive);
    return ftruncate(fd, size) == 0 ? 0 : fault_errno(&extract->fault, "Cannot write a file");
}

static int count_bytes(struct extract *extract, uint64_t more)
{
    uint64_t most = extract->limits.bytes;

    if (most > 0 && more > most - extract->bytes)
        return over_limit(extract, "bytes", most);
    extract->bytes += more;
    return 0;
}

static int extract_file(struct extract *extract, struct archive *archive,
                        struct archive_entry *header, int parent_fd, const char *name)
{
    uint64_t size = (uint64_t)archive_entry_size(header);
    int rc = count_bytes(extract, size);

    if (rc != 0)
        return rc;
    FD_AUTO fd = place_file(parent_fd, name);
    if (fd == -EISDIR)
        return 0;
    if (fd < 0)
        return fault_set(&extract->fault, -fd, "Cannot make a file: %s", strerror(-fd));
    rc = write_body(extract, archive, fd, (off_t)size);
    if (rc == 0 && fchmod(fd, 0600 | (archive_entry_perm(header) & 0777)) != 0)
        rc = fault_errno(&extract->fault, "Cannot set a file's mode");
    return rc;
}

static bool is_wanted(struct archive_entry *header)
{
    unsigned type = archive_entry_filetype(header);

    return archive_entry_pathname(header) != NULL &&
           (archive_entry_hardlink(header) != NULL ||
            (archive_entry_symlink(header) == NULL && (type == AE_IFREG || type == AE_IFDIR)));
}

static int extract_at(struct extract *extract, struct archive *archive,
                      struct archive_entry *header, const struct place *place)
{
    const char *name = place->parts[place->depth - 1];
    size_t made;
    FD_AUTO parent_fd = place_open_parent(extract->dir_fd, place, &made);
    int rc;

    if (parent_fd < 0)
        return fault_set(&extract->fault, -parent_fd, "Cannot make a folder: %s",
                         strerror(-parent_fd));
    rc = count_entries(extract, made);
    if (rc != 0 || archive_entry_filetype(header) == AE_IFREG)
        return rc != 0 ? rc : extract_file(extract, archive, header, parent_fd, name);
    rc = place_folder(parent_fd, name, 0700 | (archive_entry_perm(header) & 0777));
    return rc == 0 ? 0 : fault_set(&extract->fault, -rc, "Cannot make a folder: %s", strerror(-rc));
}

/* Each name counts as a file of that size: whoever copies the folder makes one of it. */
static int link_file(struct extract *extract, int file_fd, int parent_fd, const char *name)
{
    struct stat st;
    int rc = fstat(file_fd, &st) != 0 ? fault_errno(&extract->fault, "Cannot look at a file")
                                      : count_bytes(extract, (uint64_t)st.st_size);

    if (rc != 0)
        return rc;
    rc = place_link(parent_fd, name, file_fd);
    if (rc == 0 || rc == -EISDIR || rc == -ENOENT)
        return 0;
    return fault_set(&extract->fault, -rc, "Cannot link a file: %s", strerror(-rc));
}

/* A further name of a file that came before; of any other, it is passed over. */
static int extract_link(struct extract *extract, struct archive_entry *header,
                        const struct place *place)
{
    struct place target;
    size_t made;

    if (place_parse(&target, archive_entry_hardlink(header), extract->strip) != 0)
        return 0;
    FD_AUTO file_fd = place_find_file(extract->dir_fd, &target);
    if (file_fd < 0)
        return 0;
    FD_AUTO parent_fd = place_open_parent(extract->dir_fd, place, &made);
    int rc = parent_fd < 0 ? fault_set(&extract->fault, -parent_fd, "Cannot make a folder: %s",
                                       strerror(-parent_fd))
                           : count_entries(extract, made);

    return rc != 0 ? rc : link_file(extract, file_fd, parent_fd, place->parts[place->depth - 1]);
}

static int extract_entry(struct extract *extract, struct archive *archive,
                         struct archive_entry *header)
{
    struct place place;
    int rc = count_entries(extract, 1);

    if (rc != 0)
        return rc;
    if (!is_wanted(header) ||
        place_parse(&place, archive_entry_pathname(header), extract->strip) != 0)
        return 0;
    rc = archive_entry_hardlink(header) != NULL ? extract_link(extract, header, &place)
                                                : extract_at(extract, archive, header, &place);
    /* A name that this file system cannot hold is one more that is passed over. */
    return rc == -ENAMETOOLONG ? 0 : rc;
}

static int extract_all(struct extract *extract, struct archive *archive)
{
    struct archive_entry *header;
    int rc;

    if (archive_read_support_format_tar(archive) != ARCHIVE_OK ||
        archive_read_open(archive, extract, NULL, next_bytes, NULL) != ARCHIVE_OK)
        return damaged(extract, archive);
    /* A warning is about names that the locale cannot express; they come as they are. */
    while ((rc = archive_read_next_header(archive, &header)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
        rc = extract_entry(extract, archive, header);
        if (rc != 0)
            return rc;
    }
    return rc == ARCHIVE_EOF ? 0 : damaged(extract, archive);
}

/* libarchive takes the end of the bytes for the end of the archive. */
static int check_end(struct extract *extract)
{
    ssize_t got;

    do
        got = receive(extract);
    while (got > 0);
    return extract->zeros >= END_BYTES
               ? 0
               : fault_set(&extract->fault, EBADMSG, "The archive is cut off");
}

int extract_run(struct extract *extract)
{
    struct archive *archive = archive_read_new();
    int rc;

    if (archive == NULL)
        return fault_set(&extract->fault, ENOMEM, "Out of memory");
    rc = extract_all(extract, archive);
    archive_read_free(archive);
    return rc == 0 ? check_end(extract) : rc;
}
