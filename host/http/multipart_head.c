/* SPDX-License-Identifier: Apache-2.0 */
#include "http/multipart_head.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DIGITS_AND_LETTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TOKEN DIGITS_AND_LETTERS "!#$%&'*+-.^_`|~"
#define BOUNDARY_CHARACTERS DIGITS_AND_LETTERS "'()+_,-./:=? "

static char *skip_space(char *text)
{
    return text + strspn(text, " \t");
}

/* ---- parameters ---- */

struct parameter {
    const char *name, *value;
};

/* Takes the quotes off in place; returns what follows the closing one, NULL without one.
 * Browsers send a backslash in a name as it is: only before a quote or another backslash it
 * is an escape. */
static char *unquote(char *text)
{
    char *out = text;

    while (*text != '"' && *text != '\0') {
        if (text[0] == '\\' && (text[1] == '"' || text[1] == '\\'))
            text++;
        *out++ = *text++;
    }
    if (*text == '\0')
        return NULL;
    *out = '\0';
    return text + 1;
}

/* Reads "name=value" at *at and goes on behind the semicolon, if there is one. */
static bool next_parameter(char **at, struct parameter *parameter)
{
    char *c = *at + strspn(*at, TOKEN), *end = NULL;

    if (c == *at || *c != '=')
        return false;
    parameter->name = *at;
    *c++ = '\0';
    if (*c == '"') {
        parameter->value = ++c;
        c = unquote(c);
        if (c == NULL)
            return false;
    } else {
        parameter->value = c;
        c = end = c + strspn(c, TOKEN);
        if (end == parameter->value)
            return false;
    }
    c = skip_space(c);
    if (*c != ';' && *c != '\0')
        return false;
    *at = *c == ';' ? skip_space(c + 1) : c;
    if (end != NULL)
        *end = '\0';
    return true;
}

/* The parameters behind a value such as "form-data"; NULL: something else is there. */
static char *parameters_of(char *text, const char *value)
{
    size_t length = strlen(value);

    if (strncasecmp(text, value, length) != 0)
        return NULL;
    text = skip_space(text + length);
    if (*text == ';')
        return skip_space(text + 1);
    return *text == '\0' ? text : NULL;
}

/* ---- boundary ---- */

static bool boundary_possible(const char *text)
{
    size_t length = strlen(text);

    return length >= 1 && length <= BOUNDARY_MAX && strspn(text, BOUNDARY_CHARACTERS) == length &&
           text[length - 1] != ' ';
}

struct error *boundary_parse(const char *content_type, char boundary[static BOUNDARY_MAX + 1])
{
    char text[1024];
    struct parameter parameter;
    int length = snprintf(text, sizeof(text), "%s", content_type);
    char *at = length < (int)sizeof(text) ? parameters_of(text, "multipart/form-data") : NULL;
    bool found = false, sound = at != NULL;

    while (sound && *at != '\0') {
        sound = next_parameter(&at, &parameter);
        if (!sound || strcasecmp(parameter.name, "boundary") != 0)
            continue;
        sound = !found && boundary_possible(parameter.value);
        found = true;
        if (sound)
            (void)snprintf(boundary, BOUNDARY_MAX + 1, "%s", parameter.value);
    }
    if (sound && found)
        return NULL;
    return error_new(ERROR_MALFORMED, "Content-Type",
                     "multipart/form-data needs one boundary of 1 to %d characters, such as "
                     "\"Content-Type: multipart/form-data; boundary=x7f3a\".",
                     (int)BOUNDARY_MAX);
}

/* ---- a part's header ---- */

static struct error *crooked_disposition(void)
{
    return error_new(ERROR_MALFORMED, "Content-Disposition",
                     "It needs a header \"Content-Disposition: form-data; name=\"...\"\", with "
                     "filename=\"...\" if it is a file; names in UTF-8, no filename*.");
}

static struct error *read_disposition(char *value, struct part_head *head)
{
    char *at = parameters_of(value, "form-data");
    struct parameter parameter;

    if (at == NULL || head->name != NULL)
        return crooked_disposition();
    while (*at != '\0') {
        if (!next_parameter(&at, &parameter))
            return crooked_disposition();
        const char **place = strcasecmp(parameter.name, "name") == 0       ? &head->name
                             : strcasecmp(parameter.name, "filename") == 0 ? &head->filename
                                                                           : NULL;
        bool extended = strcasecmp(parameter.name, "filename*") == 0 ||
                        strcasecmp(parameter.name, "name*") == 0;
        if (extended || (place != NULL && *place != NULL))
            return crooked_disposition();
        if (place != NULL)
            *place = parameter.value;
    }
    return head->name == NULL ? crooked_disposition() : NULL;
}

static struct error *check_encoding(const char *value)
{
    static const char *const plain[] = { "binary", "8bit", "7bit" };

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (strcasecmp(value, plain[i]) == 0)
            return NULL;
    }
    return error_new(ERROR_MALFORMED, "Content-Transfer-Encoding",
                     "Send it as it is (binary); an encoding such as base64 is not undone here.");
}

static struct error *read_line(char *line, struct part_head *head)
{
    char *colon = line + strspn(line, TOKEN);

    if (colon == line || *colon != ':')
        return error_new(ERROR_MALFORMED, NULL,
                         "Its header has a line that is not \"Name: value\".");
    *colon = '\0';
    char *value = skip_space(colon + 1);
    for (char *end = value + strlen(value); end > value && strchr(" \t", end[-1]) != NULL; end--)
        end[-1] = '\0';
    if (strcasecmp(line, "Content-Disposition") == 0)
        return read_disposition(value, head);
    if (strcasecmp(line, "Content-Transfer-Encoding") == 0)
        return check_encoding(value);
    return NULL;
}

struct error *part_head_parse(char *text, struct part_head *head)
{
    struct error *err = NULL;
    char *end;

    *head = (struct part_head){ NULL, NULL };
    for (char *line = text; err == NULL && (end = strstr(line, "\r\n")) != NULL; line = end + 2) {
        *end = '\0';
        err = read_line(line, head);
    }
    return err == NULL && head->name == NULL ? crooked_disposition() : err;
}
