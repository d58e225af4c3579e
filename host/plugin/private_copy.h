/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of a plugin's file that only this process can reach: overwriting the original
 * cannot crash the host (SIGBUS), and what was checked is what gets loaded. */
#ifndef MAPS_HOST_PLUGIN_PRIVATE_COPY_H
#define MAPS_HOST_PLUGIN_PRIVATE_COPY_H

#include "base/error.h"

/* `label` shows in /proc/self/maps.  *copy is the caller's to close. */
MUST_CHECK struct error *private_copy_make(int source, const char *label, int *copy);

/* The two places such a copy can lie in; private_copy_make takes the first that lets
 * code be run from it.  -1 if it is not to be had. */
int private_copy_in_memory(const char *label);
int private_copy_on_disk(void);

#endif
