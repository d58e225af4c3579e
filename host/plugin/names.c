/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/names.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool consists_of(const char *name, size_t max_bytes, const char *first, const char *all)
{
    size_t length = strnlen(name, max_bytes + 1);

    return length > 0 && length <= max_bytes && strchr(first, name[0]) != NULL &&
           strspn(name, all) == length;
}

bool name_is_lower(const char *name, size_t max_bytes)
{
    return consists_of(name, max_bytes, LOWER, LOWER DIGITS "_");
}

bool name_is_type(const char *name, size_t max_bytes)
{
    return consists_of(name, max_bytes, LOWER UPPER, LOWER UPPER DIGITS);
}

bool name_is_variable(const char *name)
{
    return consists_of(name, 128, UPPER "_", UPPER DIGITS "_");
}
