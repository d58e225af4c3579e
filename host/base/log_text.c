/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log_text.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    END_BYTES = 2,     /* "}\n" */
    VALUE_BYTES = 160, /* of one value that is not the message, escaped */
    ESCAPED_BYTES = 8, /* the longest escape, with its NUL */
    NAME_BYTES = 24,   /* of a name with what surrounds it */
    NUMBER_BYTES = 20
};

static const char cut_mark[] = "... [cut]";

_Static_assert(8 + 1 + (6 + LOG_FIELDS_MAX) * (NAME_BYTES + VALUE_BYTES) + NAME_BYTES +
                       sizeof(cut_mark) + END_BYTES <
                   LOG_TEXT_BYTES,
               "all pairs at their longest leave room for a message");

static void append(struct log_text *text, const char *bytes, size_t length)
{
    memcpy(text->bytes + text->used, bytes, length);
    text->used += length;
}

static void append_text(struct log_text *text, const char *bytes)
{
    append(text, bytes, strlen(bytes));
}

/* The form of the character at the beginning of `value` that is harmless in a quoted value; how
 * many bytes it stood for. */
static size_t escape(const char *value, size_t length, char escaped[static ESCAPED_BYTES])
{
    static const char special[] = "\"\\\n\r\t";
    static const char letters[] = "\"\\nrt";
    size_t bytes = utf8_character(value, length);
    unsigned char c = (unsigned char)value[0];
    const char *found = strchr(special, value[0]);

    if (bytes == 0) {
        (void)snprintf(escaped, ESCAPED_BYTES, "\xef\xbf\xbd");
        return 1;
    }
    /* C1 controls are controls too: some terminals act on them */
    bool c1 = c == 0xc2 && (unsigned char)value[1] < 0xa0;
    if (found != NULL)
        (void)snprintf(escaped, ESCAPED_BYTES, "\\%c", letters[found - special]);
    else if (c < ' ' || c == 0x7f || c1)
        (void)snprintf(escaped, ESCAPED_BYTES, "\\u%04x", c1 ? (unsigned char)value[1] : c);
    else
        (void)snprintf(escaped, ESCAPED_BYTES, "%.*s", (int)bytes, value);
    return bytes;
}

/* Appends at most `room` bytes, the mark included if something had to go. */
static void append_escaped(struct log_text *text, const char *value, size_t room, bool cut)
{
    size_t left = strlen(value), limit = text->used + room - strlen(cut_mark);
    size_t fits_with_mark = text->used;
    char escaped[ESCAPED_BYTES];

    while (left > 0) {
        size_t taken = escape(value, left, escaped);

        if (text->used + strlen(escaped) > limit + (cut ? 0 : strlen(cut_mark))) {
            cut = true;
            break;
        }
        append_text(text, escaped);
        if (text->used <= limit)
            fits_with_mark = text->used;
        value += taken;
        left -= taken;
    }
    if (cut) {
        text->used = fits_with_mark;
        append_text(text, cut_mark);
    }
}

/* A bare logfmt value is one that no reader can take for anything else. */
static bool may_be_bare(const char *value)
{
    return value[0] != '\0' && strlen(value) < VALUE_BYTES &&
           strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                         "-_.:/+@") == strlen(value);
}

static void append_name(struct log_text *text, const char *name)
{
    bool json = text->format == LOG_FORMAT_JSON;

    if (text->has_pairs)
        append_text(text, json ? "," : " ");
    text->has_pairs = true;
    if (json)
        append_text(text, "\"");
    append(text, name, strnlen(name, NAME_BYTES - 5));
    append_text(text, json ? "\":" : "=");
}

void log_text_begin(struct log_text *text, enum log_format format, const char *prefix)
{
    text->format = format;
    text->has_pairs = false;
    text->used = 0;
    append(text, prefix, strnlen(prefix, 8));
    if (format == LOG_FORMAT_JSON)
        append_text(text, "{");
}

void log_text_pair(struct log_text *text, const char *name, const char *value)
{
    if (value == NULL)
        return;
    append_name(text, name);
    if (text->format == LOG_FORMAT_LOGFMT && may_be_bare(value)) {
        append_text(text, value);
        return;
    }
    append_text(text, "\"");
    append_escaped(text, value, VALUE_BYTES - 2, false);
    append_text(text, "\"");
}

void log_text_number(struct log_text *text, const char *name, int64_t value)
{
    char number[NUMBER_BYTES + 1];

    append_name(text, name);
    (void)snprintf(number, sizeof(number), "%" PRId64, value);
    append_text(text, number);
}

void log_text_message(struct log_text *text, const char *value, bool cut)
{
    append_name(text, "msg");
    append_text(text, "\"");
    append_escaped(text, value, sizeof(text->bytes) - text->used - 1 - END_BYTES, cut);
    append_text(text, "\"");
}

void log_text_end(struct log_text *text)
{
    append_text(text, text->format == LOG_FORMAT_JSON ? "}\n" : "\n");
}
