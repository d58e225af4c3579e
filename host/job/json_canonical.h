/* SPDX-License-Identifier: Apache-2.0 */
/* One form for all JSON texts that mean the same: keys in order, each once. */
#ifndef MAPS_HOST_JOB_JSON_CANONICAL_H
#define MAPS_HOST_JOB_JSON_CANONICAL_H

#include "base/error.h"

#include <cjson/cJSON.h>

enum { JSON_DIGEST_BYTES = 65 };

/* Sorts the keys of all objects in place.  ERROR_MALFORMED if an object has a key twice. */
MUST_CHECK struct error *json_sort(cJSON *root);
/* Hex SHA-256 of a sorted value.  Numbers are compared as doubles, as in RFC 8785. */
void json_digest(const cJSON *sorted, char digest[static JSON_DIGEST_BYTES]);

#endif
