/* SPDX-License-Identifier: Apache-2.0 */
/* Query parameters by name and type.  Every error is ERROR_INVALID and names the parameter.
 * An absent parameter leaves *value as it is.  Pure. */
#ifndef MAPS_HOST_HTTP_QUERY_H
#define MAPS_HOST_HTTP_QUERY_H

#include "http/uri.h"

#include <stdbool.h>
#include <stdint.h>

/* Refuses what is not in `known`, and what comes twice (a name that ends with '+' in
 * `known` may).  `known` ends with NULL. */
MUST_CHECK struct error *query_check(const struct uri *uri, const char *const known[]);
/* The (first) value or NULL. */
const char *query_text(const struct uri *uri, const char *name);
/* "true", "1", "false" or "0". */
MUST_CHECK struct error *query_bool(const struct uri *uri, const char *name, bool *value);
MUST_CHECK struct error *query_integer(const struct uri *uri, const char *name, uint64_t min,
                                       uint64_t max, uint64_t *value);
/* A decimal number of seconds, e.g. "30" or "0.5"; more than max_ms counts as max_ms. */
MUST_CHECK struct error *query_seconds(const struct uri *uri, const char *name, int64_t max_ms,
                                       int64_t *value_ms);

#endif
