/* SPDX-License-Identifier: Apache-2.0 */
/* The environment as a layer: MAPS_ and a key's path in capitals, '_' for all else. */
#ifndef MAPS_HOST_CONFIG_ENVIRONMENT_H
#define MAPS_HOST_CONFIG_ENVIRONMENT_H

#include "config/pool.h"

struct variable {
    const char *name, *value;
    bool used; /* some option reads it */
};
struct environment {
    struct variable *items;
    size_t count;
};

/* Copies what is set and not empty: an empty variable counts as unset. */
void environment_copy(struct environment *environment, struct pool *pool, char **variables);
struct variable *environment_find(const struct environment *environment, const char *name);
/* Its value, or NULL. */
const char *environment_get(const struct environment *environment, const char *name);
/* "http.max_body_bytes" -> "MAPS_HTTP_MAX_BODY_BYTES" */
char *environment_name(struct pool *pool, const char *path);

#endif
