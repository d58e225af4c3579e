/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says about itself. */
#ifndef MAPS_HOST_HTTP_SYSTEM_INFO_H
#define MAPS_HOST_HTTP_SYSTEM_INFO_H

#include "http/http_server.h"

#include <cjson/cJSON.h>

/* The document of /api/system/info; NULL: out of memory. */
cJSON *system_info_json(const struct http_parts *parts);

/* What keeps the server from taking jobs, as sentences; malloc'ed; NULL: nothing.
 * started: jobs_start() has returned. */
char *system_unready(const struct jobs_figures *figures, const char *runtime, bool started);

/* The document of /health.  unready: as above; NULL: out of memory. */
cJSON *system_health_json(const struct http_parts *parts, const struct jobs_figures *figures,
                          const char *unready);

#endif
