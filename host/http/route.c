/* SPDX-License-Identifier: Apache-2.0 */
#include "http/route.h"

#include "job/id.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum method method;
} methods[] = { { "GET", METHOD_GET },
                { "HEAD", METHOD_HEAD },
                { "POST", METHOD_POST },
                { "DELETE", METHOD_DELETE },
                { "OPTIONS", METHOD_OPTIONS } };

enum method method_parse(const char *name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    }
    return METHOD_OTHER;
}

/* What follows "/api/jobs/<id>". */
static enum endpoint find_in_job(const char *rest, const char **file)
{
    if (*rest == '\0')
        return ENDPOINT_JOB;
    if (strcmp(rest, "/logs") == 0)
        return ENDPOINT_LOGS;
    if (strcmp(rest, "/cancel") == 0)
        return ENDPOINT_CANCEL;
    if (strcmp(rest, "/output") == 0)
        return ENDPOINT_OUTPUT_LIST;
    if (strcmp(rest, "/output.tar") == 0)
        return ENDPOINT_OUTPUT_ARCHIVE;
    /* A name that ends with a slash is no file's. */
    if (strncmp(rest, "/output/", 8) != 0 || rest[strlen(rest) - 1] == '/')
        return ENDPOINT_NONE;
    *file = rest + 8;
    return ENDPOINT_OUTPUT_FILE;
}

static enum endpoint find_below_jobs(const char *rest, struct route *route)
{
    const char *end = strchrnul(rest, '/');
    size_t length = (size_t)(end - rest);

    if (length >= sizeof(route->job_id))
        return ENDPOINT_NONE;
    memcpy(route->job_id, rest, length);
    route->job_id[length] = '\0';
    if (!job_id_valid(route->job_id))
        return ENDPOINT_NONE;
    return find_in_job(end, &route->file);
}

void route_find(const char *path, struct route *route)
{
    static const char jobs[] = "/api/jobs";
    static const struct {
        const char *path;
        enum endpoint endpoint;
    } fixed[] = { { jobs, ENDPOINT_JOBS },
                  { "/api/system/info", ENDPOINT_INFO },
                  { "/healthz", ENDPOINT_HEALTHZ },
                  { "/readyz", ENDPOINT_READYZ },
                  { "/health", ENDPOINT_HEALTH } };
    size_t length = sizeof(jobs) - 1;

    memset(route, 0, sizeof(*route));
    route->about_jobs =
        strncmp(path, jobs, length) == 0 && (path[length] == '\0' || path[length] == '/');
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (strcmp(fixed[i].path, path) == 0)
            route->endpoint = fixed[i].endpoint;
    }
    if (route->about_jobs && path[length] == '/')
        route->endpoint = find_below_jobs(path + length + 1, route);
}

unsigned route_methods(enum endpoint endpoint)
{
    const unsigned look = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS;

    switch (endpoint) {
    case ENDPOINT_NONE:
        return 0;
    case ENDPOINT_JOBS:
        return look | METHOD_POST;
    case ENDPOINT_JOB:
        return look | METHOD_DELETE;
    case ENDPOINT_CANCEL:
        return METHOD_POST | METHOD_OPTIONS;
    case ENDPOINT_LOGS:
    case ENDPOINT_OUTPUT_LIST:
    case ENDPOINT_OUTPUT_FILE:
    case ENDPOINT_OUTPUT_ARCHIVE:
    case ENDPOINT_INFO:
    case ENDPOINT_HEALTHZ:
    case ENDPOINT_READYZ:
    case ENDPOINT_HEALTH:
        break;
    }
    return look;
}

void route_allow(unsigned mask, char text[static ROUTE_ALLOW_BYTES])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if ((mask & methods[i].method) == 0)
            continue;
        used += (size_t)snprintf(text + used, ROUTE_ALLOW_BYTES - used, "%s%s",
                                 used > 0 ? ", " : "", methods[i].name);
    }
}
