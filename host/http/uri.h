/* SPDX-License-Identifier: Apache-2.0 */
/* A request target taken apart, strictly.  Pure. */
#ifndef MAPS_HOST_HTTP_URI_H
#define MAPS_HOST_HTTP_URI_H

#include "base/error.h"

#include <stddef.h>

enum { URI_PARAMETERS_MAX = 32 };

struct uri_parameter {
    char *name, *value; /* decoded, valid UTF-8, no control characters */
};
struct uri {
    char *path; /* decoded; each '/' in it separates parts */
    struct uri_parameter parameters[URI_PARAMETERS_MAX];
    size_t parameter_count;
};

/* ERROR_MALFORMED for what is not an absolute path, for encoded slashes, backslashes,
 * control characters, "." and "..", empty parts, bad percent-encoding, and text that
 * is not UTF-8.  *uri is to be cleared in any case. */
MUST_CHECK struct error *uri_parse(const char *target, struct uri *uri);
void uri_clear(struct uri *uri);

#endif
