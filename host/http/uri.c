/* SPDX-License-Identifier: Apache-2.0 */
#include "http/uri.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte at *at, decoded; -1 for a percent sign that starts no escape. */
static int next_byte(const char **at)
{
    if (**at != '%')
        return (unsigned char)*(*at)++;
    int high = hex_digit((*at)[1]);
    int low = high < 0 ? -1 : hex_digit((*at)[2]);

    if (low < 0)
        return -1;
    *at += 3;
    return high * 16 + low;
}

static bool is_control(int byte)
{
    return byte < ' ' || byte == 0x7f;
}

static struct error *no_memory(void)
{
    return error_new(ERROR_INTERNAL, NULL, "Out of memory while reading the request.");
}

/* Decodes [from, to); `text` has room for to - from + 1 bytes. */
static struct error *decode_query(const char *from, const char *to, char *text)
{
    char *out = text;

    while (from < to) {
        int byte = *from == '+' ? (from++, ' ') : next_byte(&from);

        if (byte < 0 || is_control(byte) || from > to)
            return error_new(ERROR_MALFORMED, NULL,
                             "The query string has a bad percent-encoding or a control character; "
                             "encode each byte as %%XX.");
        *out++ = (char)byte;
    }
    *out = '\0';
    if (!utf8_valid(text))
        return error_new(ERROR_MALFORMED, NULL, "The query string is not UTF-8.");
    return NULL;
}

static struct error *add_parameter(struct uri *uri, const char *from, const char *to)
{
    const char *equals = memchr(from, '=', (size_t)(to - from));
    const char *name_end = equals != NULL ? equals : to;
    const char *value = equals != NULL ? equals + 1 : to;

    if (uri->parameter_count == URI_PARAMETERS_MAX)
        return error_new(ERROR_MALFORMED, NULL, "More than %d query parameters.",
                         (int)URI_PARAMETERS_MAX);
    struct uri_parameter *parameter = &uri->parameters[uri->parameter_count++];
    parameter->name = malloc((size_t)(name_end - from) + 1);
    parameter->value = malloc((size_t)(to - value) + 1);
    if (parameter->name == NULL || parameter->value == NULL)
        return no_memory();
    struct error *err = decode_query(from, name_end, parameter->name);
    return err != NULL ? err : decode_query(value, to, parameter->value);
}

static struct error *parse_query(struct uri *uri, const char *query)
{
    while (*query != '\0') {
        const char *end = strchrnul(query, '&');

        if (end > query) {
            struct error *err = add_parameter(uri, query, end);
            if (err != NULL)
                return err;
        }
        query = *end == '&' ? end + 1 : end;
    }
    return NULL;
}

static struct error *decode_path(const char *from, const char *to, char *path)
{
    char *out = path;

    while (from < to) {
        bool encoded = *from == '%';
        int byte = next_byte(&from);

        if (byte < 0 || from > to)
            return error_new(ERROR_MALFORMED, NULL, "The path has a bad percent-encoding.");
        if (is_control(byte) || byte == '\\' || byte == '#' || (encoded && byte == '/'))
            return error_new(ERROR_MALFORMED, NULL,
                             "The path has a control character, a backslash, a '#' or an encoded "
                             "slash; no name here contains one.");
        *out++ = (char)byte;
    }
    *out = '\0';
    if (!utf8_valid(path))
        return error_new(ERROR_MALFORMED, NULL, "The path is not UTF-8.");
    return NULL;
}

/* Parts: the last one may be empty (a trailing slash leads nowhere, but harms nothing). */
static struct error *check_parts(const char *path)
{
    const char *part = path + 1;

    for (;;) {
        const char *end = strchrnul(part, '/');
        size_t length = (size_t)(end - part);

        if ((length == 0 && *end == '/') || (length == 1 && part[0] == '.') ||
            (length == 2 && part[0] == '.' && part[1] == '.'))
            return error_new(ERROR_MALFORMED, NULL,
                             "The path has an empty part, \".\" or \"..\"; name the file itself.");
        if (*end == '\0')
            return NULL;
        part = end + 1;
    }
}

struct error *uri_parse(const char *target, struct uri *uri)
{
    memset(uri, 0, sizeof(*uri));
    if (target == NULL || target[0] != '/')
        return error_new(ERROR_MALFORMED, NULL,
                         "The request target must be an absolute path like /api/jobs.");
    const char *end = strchrnul(target, '?');
    uri->path = calloc((size_t)(end - target) + 1, 1);
    if (uri->path == NULL)
        return no_memory();
    struct error *err = decode_path(target, end, uri->path);
    if (err == NULL)
        err = check_parts(uri->path);
    if (err == NULL && *end == '?')
        err = parse_query(uri, end + 1);
    return err;
}

void uri_clear(struct uri *uri)
{
    free(uri->path);
    for (size_t i = 0; i < uri->parameter_count; i++) {
        free(uri->parameters[i].name);
        free(uri->parameters[i].value);
    }
    memset(uri, 0, sizeof(*uri));
}
