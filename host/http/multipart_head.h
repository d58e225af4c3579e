/* SPDX-License-Identifier: Apache-2.0 */
/* The words of multipart/form-data (RFC 7578): what a Content-Type says of the boundary, and a
 * part's header of its name.  Pure. */
#ifndef MAPS_HOST_HTTP_MULTIPART_HEAD_H
#define MAPS_HOST_HTTP_MULTIPART_HEAD_H

#include "base/error.h"

/* As RFC 2046 has it, without the final NUL. */
enum { BOUNDARY_MAX = 70 };

/* ERROR_MALFORMED, field "Content-Type", if it names no boundary, two, or an impossible one. */
MUST_CHECK struct error *boundary_parse(const char *content_type,
                                        char boundary[static BOUNDARY_MAX + 1]);

struct part_head {
    const char *name;
    const char *filename; /* NULL: it has none */
};
/* Reads the lines of a part's header, each ended by CRLF; changes `text`, to which *head then
 * points.  ERROR_MALFORMED if it does not say the name, or says that the part is encoded. */
MUST_CHECK struct error *part_head_parse(char *text, struct part_head *head);

#endif
