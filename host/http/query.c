/* SPDX-License-Identifier: Apache-2.0 */
#include "http/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 0: unknown; 1: known; 2: known and repeatable. */
static int standing(const char *name, const char *const known[])
{
    for (size_t i = 0; known[i] != NULL; i++) {
        size_t length = strcspn(known[i], "+");

        if (strlen(name) == length && strncmp(known[i], name, length) == 0)
            return known[i][length] == '+' ? 2 : 1;
    }
    return 0;
}

struct error *query_check(const struct uri *uri, const char *const known[])
{
    for (size_t i = 0; i < uri->parameter_count; i++) {
        const char *name = uri->parameters[i].name;
        int how = standing(name, known);

        if (how == 0)
            return error_new(ERROR_INVALID, name,
                             "There is no query parameter \"%s\" here; leave it out.", name);
        for (size_t j = 0; how == 1 && j < i; j++) {
            if (strcmp(uri->parameters[j].name, name) == 0)
                return error_new(ERROR_INVALID, name,
                                 "The query parameter \"%s\" is given twice; give it once.", name);
        }
    }
    return NULL;
}

const char *query_text(const struct uri *uri, const char *name)
{
    for (size_t i = 0; i < uri->parameter_count; i++) {
        if (strcmp(uri->parameters[i].name, name) == 0)
            return uri->parameters[i].value;
    }
    return NULL;
}

struct error *query_bool(const struct uri *uri, const char *name, bool *value)
{
    const char *text = query_text(uri, name);

    if (text == NULL)
        return NULL;
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        *value = true;
    else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        *value = false;
    else
        return error_new(ERROR_INVALID, name, "\"%s\" must be true or false.", name);
    return NULL;
}

struct error *query_integer(const struct uri *uri, const char *name, uint64_t min, uint64_t max,
                            uint64_t *value)
{
    const char *text = query_text(uri, name);

    if (text == NULL)
        return NULL;
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    /* strtoull would also take spaces and signs. */
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < min ||
        number > max)
        return error_new(ERROR_INVALID, name, "\"%s\" must be a whole number from %llu to %llu.",
                         name, (unsigned long long)min, (unsigned long long)max);
    *value = number;
    return NULL;
}

/* Digits, at most one point between them, nothing else. */
static bool is_decimal(const char *text)
{
    size_t whole = strspn(text, "0123456789");

    if (whole == 0 || text[whole] == '\0')
        return whole > 0;
    size_t fraction = strspn(text + whole + 1, "0123456789");
    return text[whole] == '.' && fraction > 0 && text[whole + 1 + fraction] == '\0';
}

/* Milliseconds, rounded up (who asks for a moment gets one), at most max_ms. */
static int64_t decimal_ms(const char *text, int64_t max_ms)
{
    int64_t total = 0;

    for (; *text >= '0' && *text <= '9'; text++) {
        total = total * 10 + (int64_t)(*text - '0') * 1000;
        if (total >= max_ms)
            return max_ms;
    }
    int64_t unit = 100;
    for (text += *text == '.'; *text != '\0' && unit > 0; text++, unit /= 10)
        total += (*text - '0') * unit;
    if (strspn(text, "0") != strlen(text))
        total++;
    return total > max_ms ? max_ms : total;
}

struct error *query_seconds(const struct uri *uri, const char *name, int64_t max_ms,
                            int64_t *value_ms)
{
    const char *text = query_text(uri, name);

    if (text == NULL)
        return NULL;
    if (!is_decimal(text))
        return error_new(ERROR_INVALID, name, "\"%s\" must be a number of seconds, e.g. 30 or 0.5.",
                         name);
    *value_ms = decimal_ms(text, max_ms);
    return NULL;
}
