/* SPDX-License-Identifier: Apache-2.0 */
#include "job/utf8_repair.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

char *utf8_repair(const char *text, size_t length)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *copy = malloc(length * 3 + 1);
    size_t used = 0;

    if (copy == NULL)
        return NULL;
    for (size_t at = 0; at < length;) {
        size_t character = text[at] == '\0' ? 0 : utf8_character(text + at, length - at);
        const char *source = character > 0 ? text + at : replacement;
        size_t bytes = character > 0 ? character : 3;

        memcpy(copy + used, source, bytes);
        used += bytes;
        at += character > 0 ? character : 1;
    }
    copy[used] = '\0';
    char *fitted = realloc(copy, used + 1);
    return fitted != NULL ? fitted : copy;
}
