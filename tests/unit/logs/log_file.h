/* SPDX-License-Identifier: Apache-2.0 */
/* A log file of a test's own, in a folder of its own. */
#ifndef MAPS_TESTS_LOG_FILE_H
#define MAPS_TESTS_LOG_FILE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "logs/log_reader.h"

struct log_file {
    char dir[32], path[48];
    int fd;
};

static inline int log_file_begin(void **state)
{
    struct log_file *file = calloc(1, sizeof(*file));

    assert_non_null(file);
    (void)snprintf(file->dir, sizeof(file->dir), "/tmp/maps-test-XXXXXX");
    assert_non_null(mkdtemp(file->dir));
    (void)snprintf(file->path, sizeof(file->path), "%s/log", file->dir);
    file->fd = -1;
    *state = file;
    return 0;
}

static inline int log_file_end(void **state)
{
    struct log_file *file = *state;

    if (file->fd >= 0)
        (void)close(file->fd);
    (void)unlink(file->path);
    (void)rmdir(file->dir);
    free(file);
    return 0;
}

static inline void log_file_create(struct log_file *file)
{
    file->fd = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(file->fd >= 0);
}

static inline void log_file_append(struct log_file *file, int stream, const char *text)
{
    if (file->fd < 0)
        log_file_create(file);
    assert_int_equal(log_append(file->fd, stream, text, strlen(text)), 0);
}

static inline void log_file_raw(struct log_file *file, const void *bytes, size_t length)
{
    if (file->fd < 0)
        log_file_create(file);
    assert_int_equal(write(file->fd, bytes, length), length);
}

static inline struct log_reader *log_file_reader(const struct log_file *file, unsigned streams,
                                                 uint64_t offset)
{
    struct log_reader *reader = NULL;

    assert_null(log_reader_open(file->path, streams, offset, &reader));
    return reader;
}

static inline void assert_reads(struct log_reader *reader, const char *expected)
{
    char text[4096];
    ssize_t n = log_reader_read(reader, text, sizeof(text) - 1);

    assert_true(n >= 0);
    text[n] = '\0';
    assert_string_equal(text, expected);
}

#endif
