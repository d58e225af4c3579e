/* SPDX-License-Identifier: Apache-2.0 */
/* libconfig gives up at a name that its group has already.  Finds such names beforehand, so that
 * the rest of the file can be read all the same.  Pure. */
#ifndef MAPS_HOST_CONFIG_DUPLICATES_H
#define MAPS_HOST_CONFIG_DUPLICATES_H

#include "config/pool.h"

struct duplicate {
    const char *name; /* not terminated */
    size_t length;
    int line, first_line;
};
typedef void (*duplicate_fn)(void *context, const struct duplicate *duplicate);

/* A copy of a file's text in which every such name is changed into one that is there only
 * once; tells of each.  NULL: there is none, or memory is out. */
const char *duplicates_mark(struct pool *pool, const char *text, duplicate_fn found, void *context);
/* True for a name that was changed. */
bool duplicates_is_marked(const char *name);

#endif
