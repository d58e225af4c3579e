/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes a Range header asks for (RFC 9110, section 14).  Pure. */
#ifndef MAPS_HOST_HTTP_RANGES_H
#define MAPS_HOST_HTTP_RANGES_H

#include <stdint.h>

struct byte_range {
    uint64_t first, length; /* length > 0 */
};

enum range_kind {
    RANGE_WHOLE,  /* none, malformed, another unit or several ranges: all of it is the answer */
    RANGE_PART,   /* *part: cut to what there is */
    RANGE_OUTSIDE /* 416: none of it is there */
};
/* range: the header's value, or NULL; size: of the file. */
enum range_kind range_find(const char *range, uint64_t size, struct byte_range *part);

#endif
