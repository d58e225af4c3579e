/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

static bool is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* What the second byte may be depends on the first: see RFC 3629, section 4. */
static bool second_allowed(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return is_continuation(second);
    }
}

size_t utf8_character(const char *bytes, size_t length)
{
    const unsigned char *c = (const unsigned char *)bytes;
    size_t need;

    if (length == 0)
        return 0;
    if (c[0] < 0x80)
        return 1;
    if (c[0] >= 0xc2 && c[0] <= 0xdf)
        need = 2;
    else if (c[0] >= 0xe0 && c[0] <= 0xef)
        need = 3;
    else if (c[0] >= 0xf0 && c[0] <= 0xf4)
        need = 4;
    else
        return 0;
    if (length < need || !second_allowed(c[0], c[1]))
        return 0;
    for (size_t i = 2; i < need; i++) {
        if (!is_continuation(c[i]))
            return 0;
    }
    return need;
}

bool utf8_valid(const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        size_t length = utf8_character(text, left);

        if (length == 0)
            return false;
        text += length;
        left -= length;
    }
    return true;
}

size_t utf8_prefix(const char *text, size_t limit)
{
    size_t length = strnlen(text, limit);

    while (length > 0 && is_continuation((unsigned char)text[length]))
        length--;
    return length;
}
