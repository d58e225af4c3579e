/* SPDX-License-Identifier: Apache-2.0 */
#include "manual/forms.h"

#include <string.h>

enum { LINE_WIDTH = 78 };

static const char *escape_of(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-"; /* a plain one would be a typographic hyphen: not what one has to type */
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    case '"':
        return "\\(dq";
    default:
        return NULL;
    }
}

void mdoc_print_escaped(const char *text, size_t length, FILE *out)
{
    for (size_t i = 0; i < length; i++) {
        const char *escape = escape_of(text[i]);
        if (escape != NULL)
            (void)fputs(escape, out);
        else
            (void)fputc(text[i], out);
    }
}

/* "\&" keeps words like "No" and "Ar" from being taken for macros, and "." for punctuation. */
void mdoc_print_argument(const char *text, FILE *out)
{
    (void)fputs("\"\\&", out);
    mdoc_print_escaped(text, strlen(text), out);
    (void)fputc('"', out);
}

static size_t escaped_length(const char *text, size_t length)
{
    size_t total = 0;

    for (size_t i = 0; i < length; i++) {
        const char *escape = escape_of(text[i]);
        total += escape == NULL ? 1 : strlen(escape);
    }
    return total;
}

/* A sentence begins a line, so that the formatter knows where it ends. */
static bool ends_sentence(const char *word, size_t length)
{
    bool stop = strchr(".!?", word[length - 1]) != NULL;

    return stop && strncmp(word, "e.g.", 4) != 0 && (length < 2 || word[length - 2] != '.');
}

void mdoc_print_prose(const char *text, FILE *out)
{
    size_t column = 0;

    for (text += strspn(text, " \n"); *text != '\0'; text += strspn(text, " \n")) {
        size_t length = strcspn(text, " \n"), printed = escaped_length(text, length);
        if (column > 0 && column + 1 + printed > LINE_WIDTH) {
            (void)fputc('\n', out);
            column = 0;
        }
        if (column > 0)
            (void)fputc(' ', out);
        else if (*text == '.')
            (void)fputs("\\&", out); /* else it would be a request */
        column += column > 0;
        mdoc_print_escaped(text, length, out);
        column += printed;
        if (ends_sentence(text, length)) {
            (void)fputc('\n', out);
            column = 0;
        }
        text += length;
    }
    if (column > 0)
        (void)fputc('\n', out);
}
