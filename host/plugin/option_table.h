/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin's table of options, checked and in this host's own struct.  Pure. */
#ifndef MAPS_HOST_PLUGIN_OPTION_TABLE_H
#define MAPS_HOST_PLUGIN_OPTION_TABLE_H

#include "base/error.h"

#include <maps_runtime.h>

/* theirs: entries in the size that the plugin compiled.  *own ends with an entry whose
 * name is NULL; its strings stay the plugin's; the caller frees it. */
MUST_CHECK struct error *option_table_copy(const struct maps_option *theirs,
                                           struct maps_option **own);

/* NULL if there is none of that name. */
const struct maps_option *option_table_find(const struct maps_option *table, const char *name);

#endif
