/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_BYTES = 65536 };

struct text {
    char *bytes; /* one more than size */
    size_t length, size;
};

static int grow(struct text *text)
{
    size_t size = text->size == 0 ? FIRST_BYTES : text->size * 2;
    char *grown = realloc(text->bytes, size + 1);

    if (grown == NULL)
        return ENOMEM;
    text->bytes = grown;
    text->size = size;
    return 0;
}

/* 0, or a positive errno value. */
static int read_all(int fd, struct text *text)
{
    for (;;) {
        int result = text->length == text->size ? grow(text) : 0;
        if (result != 0)
            return result;
        ssize_t got = read(fd, text->bytes + text->length, text->size - text->length);
        if (got < 0 && errno != EINTR)
            return errno;
        if (got == 0)
            break;
        text->length += got > 0 ? (size_t)got : 0;
    }
    text->bytes[text->length] = '\0';
    return 0;
}

static struct error *unusable(const char *what, const char *where, const char *why)
{
    return error_new(ERROR_INVALID, NULL, "The %s %s cannot be read: %s.", what, where, why);
}

static struct error *read_text(const char *what, const char *where, int fd, char **text)
{
    struct text all = { NULL, 0, 0 };
    int result = read_all(fd, &all);
    struct error *err = NULL;

    if (result != 0)
        err = unusable(what, where, strerror(result));
    else if (strlen(all.bytes) != all.length)
        err = unusable(what, where, "it holds bytes of value 0, so it is no text");
    if (err == NULL)
        *text = all.bytes;
    else
        free(all.bytes);
    return err;
}

struct error *text_file_read(const char *what, const char *path, char **text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return unusable(what, path, strerror(errno));
    struct error *err = read_text(what, path, fd, text);
    (void)close(fd);
    return err;
}

struct error *text_input_read(const char *what, char **text)
{
    return read_text(what, "on standard input", STDIN_FILENO, text);
}
