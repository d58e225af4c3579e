/* SPDX-License-Identifier: Apache-2.0 */
/* What the layers say: every "key is value" somebody wrote, with where it was written. */
#ifndef MAPS_HOST_CONFIG_ENTRIES_H
#define MAPS_HOST_CONFIG_ENTRIES_H

#include "config/pool.h"

enum layer { LAYER_DEFAULT, LAYER_FILE, LAYER_ENVIRONMENT, LAYER_COMMAND_LINE };

struct origin {
    enum layer layer;
    const char *file;     /* FILE */
    int line;             /* FILE */
    const char *variable; /* ENVIRONMENT */
};

enum entry_kind {
    ENTRY_TEXT, /* untyped: from the environment or the command line */
    ENTRY_STRING,
    ENTRY_INTEGER,
    ENTRY_NUMBER,
    ENTRY_BOOL,
    ENTRY_LIST,       /* of strings */
    ENTRY_MIXED_LIST, /* of anything else */
    ENTRY_GROUP       /* "http: { ... }" itself; its members are entries of their own */
};

struct entry {
    const char *path; /* "http.max_body_bytes" */
    enum entry_kind kind;
    const char *text;         /* scalars */
    const char *const *items; /* lists; ends with NULL */
    const int *item_lines;    /* FILE: where each is written */
    size_t item_count;
    struct origin origin;
    bool used; /* some table knows this key */
};

struct entries {
    struct entry *items;
    size_t count;
};

void entries_add(struct entries *entries, struct pool *pool, const struct entry *entry);
/* The last entry of that layer and path, or NULL. */
struct entry *entries_find(const struct entries *entries, enum layer layer, const char *path);

#endif
