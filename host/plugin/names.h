/* SPDX-License-Identifier: Apache-2.0 */
/* What the names that plugins bring along may look like.  Pure. */
#ifndef MAPS_HOST_PLUGIN_NAMES_H
#define MAPS_HOST_PLUGIN_NAMES_H

#include <stdbool.h>
#include <stddef.h>

bool name_is_lower(const char *name, size_t max_bytes); /* [a-z][a-z0-9_]* */
bool name_is_type(const char *name, size_t max_bytes);  /* [A-Za-z][A-Za-z0-9]* */
bool name_is_variable(const char *name);                /* [A-Z_][A-Z0-9_]* */

#endif
