/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options: reading them as their type, checking their range.  Pure. */
#ifndef MAPS_HOST_CONFIG_VALUE_H
#define MAPS_HOST_CONFIG_VALUE_H

#include "config/entries.h"

#include <maps_runtime.h>
#include <stdint.h>

/* A checked value.  Scalars in canonical form: integers and bytes in decimal digits,
 * "true"/"false", plain text.  Lists: the items, and joined by commas as text. */
struct value {
    const char *text; /* NULL: unset */
    const char *const *items;
    const int *item_lines; /* in the file; NULL: all in the place of the list */
    size_t item_count;
};

bool value_parse_int(const char *text, int64_t *number);
bool value_parse_bytes(const char *text, int64_t *bytes);
bool value_parse_number(const char *text, double *number);
bool value_parse_bool(const char *text, bool *truth);

/* Reads what an entry says as the option's type.  NULL if that is right; else what is
 * wrong, as the rest of a sentence ("expected an integer from 1 to 9, got "x""). */
const char *value_check(struct pool *pool, const struct maps_option *option,
                        const struct entry *entry, struct value *value);
/* The default of an option's own table. */
void value_default(struct pool *pool, const struct maps_option *option, struct value *value);

/* Canonical bytes as a person writes them: "16M". */
const char *value_bytes_text(struct pool *pool, const char *digits);
/* "an integer from 1 to 9": what the option takes. */
const char *value_expected(struct pool *pool, const struct maps_option *option);
/* The same for manuals: "integer, 1 to 9". */
const char *value_type(struct pool *pool, const struct maps_option *option);

#endif
