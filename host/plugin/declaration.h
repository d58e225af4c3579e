/* SPDX-License-Identifier: Apache-2.0 */
/* What a plugin declares, checked and in this host's own structs.  Pure. */
#ifndef MAPS_HOST_PLUGIN_DECLARATION_H
#define MAPS_HOST_PLUGIN_DECLARATION_H

#include "base/error.h"

#include <maps_runtime.h>

struct declaration {
    struct maps_runtime_plugin plugin; /* strings and code stay the plugin's */
    size_t declared_bytes;             /* size of the struct as the plugin compiled it */
    struct maps_option *options;       /* own table, or NULL */
};

/* theirs: what the entry function returned.  If it is refused, `declaration` holds as much
 * as could be read, for messages; clear it in any case. */
MUST_CHECK struct error *declaration_read(const struct maps_runtime_plugin *theirs,
                                          struct declaration *declaration);
void declaration_clear(struct declaration *declaration);

#endif
