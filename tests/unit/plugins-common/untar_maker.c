/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "untar_maker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct tarball_limits no_limits;

struct maker *maker_begin(void)
{
    struct maker *maker = calloc(1, sizeof(*maker));

    assert_non_null(maker);
    maker->archive = archive_write_new();
    assert_int_equal(archive_write_set_format_pax_restricted(maker->archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_in_last_block(maker->archive, 1), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(maker->archive, maker->bytes, sizeof(maker->bytes),
                                               &maker->length),
                     ARCHIVE_OK);
    return maker;
}

struct archive_entry *entry_of(const char *path, unsigned mode)
{
    struct archive_entry *entry = archive_entry_new();

    assert_non_null(entry);
    archive_entry_set_pathname(entry, path);
    archive_entry_set_mode(entry, (mode_t)mode);
    return entry;
}

void put(struct maker *maker, struct archive_entry *entry, const char *text)
{
    assert_true(archive_write_header(maker->archive, entry) >= ARCHIVE_WARN);
    assert_int_equal(archive_write_data(maker->archive, text, strlen(text)), strlen(text));
    archive_entry_free(entry);
}

void put_file(struct maker *maker, const char *path, unsigned mode, const char *text)
{
    struct archive_entry *entry = entry_of(path, S_IFREG | mode);

    archive_entry_set_size(entry, (la_int64_t)strlen(text));
    put(maker, entry, text);
}

void put_folder(struct maker *maker, const char *path, unsigned mode)
{
    put(maker, entry_of(path, S_IFDIR | mode), "");
}

void put_link(struct maker *maker, const char *path, const char *target)
{
    struct archive_entry *entry = entry_of(path, S_IFLNK | 0777);

    archive_entry_set_symlink(entry, target);
    put(maker, entry, "");
}

void put_hard_link(struct maker *maker, const char *path, const char *target)
{
    struct archive_entry *entry = entry_of(path, S_IFREG | 0644);

    archive_entry_set_hardlink(entry, target);
    archive_entry_set_size(entry, 0);
    put(maker, entry, "");
}

void maker_finish(struct maker *maker)
{
    assert_int_equal(archive_write_close(maker->archive), ARCHIVE_OK);
    assert_int_equal(archive_write_free(maker->archive), ARCHIVE_OK);
}

int feed(int dir_fd, const char *strip, const struct tarball_limits *limits, const char *bytes,
         size_t length, size_t piece, struct fault *fault)
{
    struct untar *untar = untar_new(dir_fd, strip, limits);
    int rc = 0, end;

    assert_non_null(untar);
    for (size_t at = 0; rc == 0 && at < length; at += piece)
        rc = untar_write(untar, bytes + at, length - at < piece ? length - at : piece);
    end = untar_finish(untar, fault);
    if (rc != 0)
        assert_int_equal(end, rc);
    untar_free(untar);
    return end;
}

int unpack_as(struct maker *maker, const struct scratch *scratch, const char *strip,
              const struct tarball_limits *limits)
{
    struct fault fault = { "" };
    int rc;

    maker_finish(maker);
    scratch_folder(scratch, "to");
    int fd = openat(scratch->fd, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    rc = feed(fd, strip, limits, maker->bytes, maker->length, 1000, &fault);
    assert_int_equal(rc == 0, fault.text[0] == '\0');
    assert_int_equal(close(fd), 0);
    free(maker);
    return rc;
}

void unpack(struct maker *maker, const struct scratch *scratch)
{
    assert_int_equal(unpack_as(maker, scratch, "output", &no_limits), 0);
}
