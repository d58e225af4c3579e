/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void fd_cleanup(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

void text_cleanup(char **text)
{
    free(*text);
}

/* Fills the buffer or reads to the end; the length or -errno. */
static ssize_t read_up_to(int fd, char *buffer, size_t size)
{
    size_t length = 0;

    while (length < size) {
        ssize_t got = read(fd, buffer + length, size - length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

ssize_t file_read_fd(int fd, char *buffer, size_t size)
{
    ssize_t length = read_up_to(fd, buffer, size);

    if (length < 0)
        return length;
    if ((size_t)length == size)
        return -EFBIG;
    buffer[length] = '\0';
    return length;
}

ssize_t file_read_at(int dir_fd, const char *name, char *buffer, size_t size)
{
    FD_AUTO fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    return fd < 0 ? -errno : file_read_fd(fd, buffer, size);
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t put = write(fd, bytes, length);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        bytes += put;
        length -= (size_t)put;
    }
    return 0;
}

static int write_new(int dir_fd, const char *name, const char *bytes, size_t length, bool durable)
{
    FD_AUTO fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc;

    if (fd < 0)
        return -errno;
    rc = write_all(fd, bytes, length);
    if (rc == 0 && durable && fsync(fd) != 0)
        rc = -errno;
    return rc;
}

int file_replace_at(int dir_fd, const char *name, const char *bytes, size_t length, bool durable)
{
    char temporary[64];
    int rc;

    snprintf(temporary, sizeof(temporary), "%s.tmp", name);
    rc = write_new(dir_fd, temporary, bytes, length, durable);
    if (rc == 0 && renameat(dir_fd, temporary, dir_fd, name) != 0)
        rc = -errno;
    if (rc == 0 && durable && fsync(dir_fd) != 0)
        rc = -errno;
    if (rc != 0)
        unlinkat(dir_fd, temporary, 0);
    return rc;
}

int file_write(const char *path, const char *text)
{
    FD_AUTO fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return -errno;
    return 0;
}

char *file_slurp(const char *path)
{
    FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = 16384;
    char *text = NULL;

    for (; fd >= 0; size *= 2) {
        char *larger = realloc(text, size);
        ssize_t length;

        if (larger == NULL || lseek(fd, 0, SEEK_SET) != 0)
            break;
        text = larger;
        length = read_up_to(fd, text, size);
        if (length < 0)
            break;
        if ((size_t)length < size) {
            text[length] = '\0';
            return text;
        }
    }
    free(text);
    return NULL;
}

char *text_format(const char *format, ...)
{
    va_list args;
    char *text;
    int length;

    va_start(args, format);
    length = vasprintf(&text, format, args);
    va_end(args);
    return length < 0 ? NULL : text;
}

long long boottime_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void pause_ms(long milliseconds)
{
    struct timespec time = { .tv_sec = milliseconds / 1000,
                             .tv_nsec = milliseconds % 1000 * 1000000 };

    nanosleep(&time, NULL);
}
