/* SPDX-License-Identifier: Apache-2.0 */
#include "config/nearest.h"

#include <string.h>

enum { NAME_MAX_BYTES = 128 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein's distance, one row at a time. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_BYTES + 1];
    size_t a_length = strlen(a), b_length = strlen(b);

    if (a_length > NAME_MAX_BYTES || b_length > NAME_MAX_BYTES)
        return NAME_MAX_BYTES;
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = min3(row[j] + 1, row[j - 1] + 1, substituted);
        }
    }
    return row[b_length];
}

void nearest_consider(struct nearest *nearest, const char *name)
{
    size_t distance = edit_distance(nearest->typed, name);

    /* Further away than a third of the name it is no likely slip of the finger. */
    if (distance > strlen(name) / 3 + 1)
        return;
    if (nearest->name == NULL || distance < nearest->distance) {
        nearest->name = name;
        nearest->distance = distance;
    }
}
