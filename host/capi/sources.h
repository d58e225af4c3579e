/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller's paths lead to, now: absolute paths for the rooms, which know no working
 * directory. */
#ifndef MAPS_HOST_CAPI_SOURCES_H
#define MAPS_HOST_CAPI_SOURCES_H

#include "base/error.h"

#include <maps_backend.h>

struct source {
    const char *text; /* counts, if it is there */
    char *path;       /* absolute, or NULL */
    char *own;        /* text is this, if we have read it */
};

struct sources {
    struct source script, request;
    char *input, *output; /* absolute, or NULL */
};

/* ERROR_INVALID, with the field, if there is no such thing.  Clear it also after an error. */
MUST_CHECK struct error *sources_find(const struct maps_run_params *run, struct sources *sources);
void sources_clear(struct sources *sources);

#endif
