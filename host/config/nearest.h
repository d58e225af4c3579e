/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?": the known name that is nearest to a mistyped one. */
#ifndef MAPS_HOST_CONFIG_NEAREST_H
#define MAPS_HOST_CONFIG_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *typed;
    const char *name; /* the best so far, or NULL */
    size_t distance;
};

/* Starts with typed set and the rest zero; call once per known name. */
void nearest_consider(struct nearest *nearest, const char *name);

#endif
