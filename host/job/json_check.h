/* SPDX-License-Identifier: Apache-2.0 */
/* Strict JSON (RFC 8259), checked before cJSON, which is lax, sees it: valid UTF-8, one
 * value and nothing after it, bounded nesting, no \u0000, no half surrogate pairs, only
 * numbers that a double can hold. */
#ifndef MAPS_HOST_JOB_JSON_CHECK_H
#define MAPS_HOST_JOB_JSON_CHECK_H

#include "base/error.h"

#include <stddef.h>

enum { JSON_MAX_DEPTH = 64 };

struct json_span {
    const char *start; /* in the text that was checked; NULL: not there */
    size_t length;
};

/* ERROR_MALFORMED with line and column; the field is the key of the outermost object in
 * which the mistake lies.  *member: the text of the value that this key has in the
 * outermost object. */
MUST_CHECK struct error *json_check(const char *text, size_t length, const char *key,
                                    struct json_span *member);

#endif
