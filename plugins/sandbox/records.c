/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool record_next(char **cursor, char *end, char separator, struct record *record)
{
    while (*cursor < end) {
        char *start = *cursor;
        char *stop = memchr(start, separator, (size_t)(end - start));
        char *equals;

        if (stop == NULL)
            stop = end;
        *stop = '\0';
        *cursor = stop + 1;
        equals = strchr(start, '=');
        if (equals == NULL)
            continue;
        *equals = '\0';
        record->key = start;
        record->value = equals + 1;
        return true;
    }
    return false;
}

bool record_number(const char *value, uint64_t *number)
{
    unsigned long long parsed;
    char *end;

    if (value[0] < '0' || value[0] > '9')
        return false;
    errno = 0;
    parsed = strtoull(value, &end, 10);
    if (errno != 0 || *end != '\0')
        return false;
    *number = parsed;
    return true;
}
