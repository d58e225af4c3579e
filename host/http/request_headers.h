/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says about the file that it asks for.  HTTP thread only. */
#ifndef MAPS_HOST_HTTP_REQUEST_HEADERS_H
#define MAPS_HOST_HTTP_REQUEST_HEADERS_H

#include "http/conditions.h"

#include <microhttpd.h>

struct request_conditions {
    struct conditions conditions;
    const char *range;
    char *values[6]; /* what the others point to */
};
/* A header that comes several times counts as one list.  One for which there is no memory counts
 * as not there. */
void request_conditions_read(struct MHD_Connection *connection, struct request_conditions *asked);
void request_conditions_clear(struct request_conditions *asked);

#endif
