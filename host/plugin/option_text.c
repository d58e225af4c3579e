/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/option_text.h"

#include <ctype.h>
#include <errno.h>
#include <maps_runtime.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool starts_number(const char *text)
{
    return isdigit((unsigned char)(text[0] == '-' ? text[1] : text[0]));
}

static bool suffix_factor(const char *suffix, int64_t *factor)
{
    static const char letters[] = "KMGT";
    const char *found;

    *factor = 1;
    if (suffix[0] == '\0')
        return true;
    found = strchr(letters, suffix[0]);
    if (found == NULL || suffix[1] != '\0')
        return false;
    *factor <<= 10 * (found - letters + 1);
    return true;
}

bool option_text_int(const char *text, uint32_t type, int64_t *value)
{
    char *end;
    int64_t factor, number;

    if (!starts_number(text))
        return false;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || (type == MAPS_OPTION_INT && *end != '\0') || !suffix_factor(end, &factor))
        return false;
    return !__builtin_mul_overflow(number, factor, value);
}

bool option_text_bool(const char *text, int *value)
{
    *value = strcmp(text, "true") == 0;
    return *value != 0 || strcmp(text, "false") == 0;
}

bool option_text_number(const char *text, double *value)
{
    char *end;

    if (!starts_number(text) || strspn(text, "0123456789+-.eE") != strlen(text))
        return false;
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

bool option_text_valid(const char *text, uint32_t type)
{
    int64_t integer;
    double number;
    int truth;

    switch (type) {
    case MAPS_OPTION_INT:
    case MAPS_OPTION_BYTES:
        return option_text_int(text, type, &integer);
    case MAPS_OPTION_BOOL:
        return option_text_bool(text, &truth);
    case MAPS_OPTION_NUMBER:
        return option_text_number(text, &number);
    default:
        return true;
    }
}

const char *option_type_name(uint32_t type)
{
    static const char *const names[] = { [MAPS_OPTION_STRING] = "string",
                                         [MAPS_OPTION_INT] = "integer",
                                         [MAPS_OPTION_BOOL] = "true or false",
                                         [MAPS_OPTION_LIST] = "list of strings",
                                         [MAPS_OPTION_BYTES] = "bytes (K, M, G, T)",
                                         [MAPS_OPTION_NUMBER] = "number" };

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}
