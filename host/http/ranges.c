/* SPDX-License-Identifier: Apache-2.0 */
#include "http/ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Takes digits off *text; what is too large for 64 bits is the largest.  False: there are none. */
static bool take_number(const char **text, uint64_t *number)
{
    const char *at = *text;

    *number = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');

        *number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *number * 10 + digit;
    }
    bool found = at != *text;
    *text = at;
    return found;
}

static bool at_end(const char *text)
{
    return text[strspn(text, " \t")] == '\0';
}

/* "-5": the last five bytes. */
static enum range_kind find_suffix(const char *text, uint64_t size, struct byte_range *part)
{
    uint64_t length;

    if (!take_number(&text, &length) || !at_end(text))
        return RANGE_WHOLE;
    if (length == 0)
        return RANGE_OUTSIDE;
    if (size == 0) /* can be met, but a part of nothing cannot be named */
        return RANGE_WHOLE;
    part->length = length < size ? length : size;
    part->first = size - part->length;
    return RANGE_PART;
}

/* "5-" or "5-9" */
static enum range_kind find_from(const char *text, uint64_t size, struct byte_range *part)
{
    uint64_t first, last = UINT64_MAX;

    if (!take_number(&text, &first) || *text++ != '-')
        return RANGE_WHOLE;
    if (!at_end(text) && (!take_number(&text, &last) || !at_end(text) || last < first))
        return RANGE_WHOLE;
    if (first >= size)
        return RANGE_OUTSIDE;
    part->first = first;
    part->length = (last < size ? last + 1 : size) - first;
    return RANGE_PART;
}

enum range_kind range_find(const char *range, uint64_t size, struct byte_range *part)
{
    static const char unit[] = "bytes=";
    const size_t length = sizeof(unit) - 1;

    if (range == NULL || strncasecmp(range, unit, length) != 0)
        return RANGE_WHOLE;
    range += length;
    range += strspn(range, " \t");
    return *range == '-' ? find_suffix(range + 1, size, part) : find_from(range, size, part);
}
