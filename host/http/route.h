/* SPDX-License-Identifier: Apache-2.0 */
/* Which endpoint a path means, and which methods it has.  Pure. */
#ifndef MAPS_HOST_HTTP_ROUTE_H
#define MAPS_HOST_HTTP_ROUTE_H

#include "job/record.h"

enum method {
    METHOD_OTHER = 0, /* never allowed */
    METHOD_GET = 1u << 0,
    METHOD_HEAD = 1u << 1,
    METHOD_POST = 1u << 2,
    METHOD_DELETE = 1u << 3,
    METHOD_OPTIONS = 1u << 4
};
enum method method_parse(const char *name);

enum endpoint {
    ENDPOINT_NONE,
    ENDPOINT_JOBS,
    ENDPOINT_JOB,
    ENDPOINT_LOGS,
    ENDPOINT_OUTPUT_LIST,
    ENDPOINT_OUTPUT_FILE,
    ENDPOINT_OUTPUT_ARCHIVE,
    ENDPOINT_CANCEL,
    ENDPOINT_INFO,
    ENDPOINT_HEALTHZ,
    ENDPOINT_READYZ,
    ENDPOINT_HEALTH
};

struct route {
    enum endpoint endpoint;
    bool about_jobs;           /* under /api/jobs: needs the token */
    char job_id[JOB_ID_BYTES]; /* checked; "" if the path has none */
    const char *file;          /* below output/, points into the path; or NULL */
};

/* Fills in *route; ENDPOINT_NONE if the path leads nowhere. */
void route_find(const char *path, struct route *route);
unsigned route_methods(enum endpoint endpoint); /* mask of enum method */
/* "GET, HEAD, OPTIONS" */
enum { ROUTE_ALLOW_BYTES = 64 };
void route_allow(unsigned methods, char text[static ROUTE_ALLOW_BYTES]);

#endif
