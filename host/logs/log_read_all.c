/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/log_reader.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 4096 };

struct text {
    char *bytes;
    size_t length, size;
};

/* Room for at least one byte more and the NUL, but for no more than limit bytes. */
static bool grow(struct text *text, size_t limit)
{
    size_t size = text->size < FIRST_BYTES ? FIRST_BYTES : text->size * 2;

    if (size > limit)
        size = limit;
    char *grown = realloc(text->bytes, size + 1);

    if (grown == NULL)
        return false;
    text->bytes = grown;
    text->size = size;
    return true;
}

static struct error *out_of_memory(void)
{
    return error_new(ERROR_INTERNAL, NULL, "There is not enough memory to read the log.");
}

/* Appends what is there; up to limit bytes. */
static struct error *read_text(struct log_reader *reader, struct text *text, size_t limit)
{
    for (;;) {
        if (text->length == text->size && text->length < limit && !grow(text, limit))
            return out_of_memory();
        if (text->length == limit)
            return NULL;
        ssize_t n = log_reader_read(reader, text->bytes + text->length, text->size - text->length);

        if (n < 0)
            return error_errno((int)-n, "The log cannot be read");
        if (n == 0)
            return NULL;
        text->length += (size_t)n;
    }
}

struct error *log_read_all(const char *path, unsigned streams, size_t limit, char **text,
                           size_t *length, bool *truncated)
{
    struct log_reader *reader;
    struct text all = { NULL, 0, 0 };
    char one;

    if (!grow(&all, 0)) /* the NUL of an empty text */
        return out_of_memory();
    struct error *err = log_reader_open(path, streams, 0, &reader);

    if (err == NULL) {
        err = read_text(reader, &all, limit);
        *truncated = all.length == limit && log_reader_read(reader, &one, 1) > 0;
        log_reader_close(reader);
    }
    if (err != NULL) {
        free(all.bytes);
        return err;
    }
    all.bytes[all.length] = '\0';
    *text = all.bytes;
    *length = all.length;
    return NULL;
}
