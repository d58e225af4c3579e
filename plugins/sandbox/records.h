/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of "key=value" records, one after the other: the format of every file that the
 * plugin and the supervisor leave for each other. */
#ifndef MAPS_SANDBOX_RECORDS_H
#define MAPS_SANDBOX_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record {
    char *key, *value; /* in the text itself, ended with NUL */
};

/* Takes the next record out of [*cursor, end), cutting the text up; records without "="
 * are passed over.  False at the end.  end must point to a NUL. */
bool record_next(char **cursor, char *end, char separator, struct record *record);

/* A decimal number and nothing else; false leaves *number alone. */
bool record_number(const char *value, uint64_t *number);

#endif
