/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a GET or HEAD is to be answered with the file, by what its sender has of it already
 * (RFC 9110, section 13).  Pure. */
#ifndef MAPS_HOST_HTTP_CONDITIONS_H
#define MAPS_HOST_HTTP_CONDITIONS_H

#include <stdbool.h>
#include <stdint.h>

/* What says that a file has not changed. */
struct validators {
    const char *etag;   /* a strong one, quoted; NULL: none */
    int64_t modified_s; /* since 1970; NO_DATE: none */
};
#define NO_DATE INT64_MIN

/* The headers' values; NULL: not there. */
struct conditions {
    const char *if_match, *if_none_match, *if_modified_since, *if_unmodified_since, *if_range;
};

enum condition_verdict {
    CONDITION_HOLDS,
    CONDITION_NOT_MODIFIED, /* 304 */
    CONDITION_FAILED        /* 412 */
};
/* In the order of section 13.2.2, but for If-Range. */
enum condition_verdict conditions_check(const struct conditions *conditions,
                                        const struct validators *file);
/* Is a range to be taken from the file that its sender knows?  If not, it gets the whole. */
bool conditions_let_range(const struct conditions *conditions, const struct validators *file);

/* An HTTP-date in any of its three forms; false: it is none. */
bool http_date_parse(const char *text, int64_t *seconds);

#endif
