/* SPDX-License-Identifier: Apache-2.0 */
/* Refused before its code is mapped: it has an entry, but no ABI note. */
#include "minimal.h"

static struct maps_runtime_plugin plugin = { STAMPED("no_note"), MINIMAL_PLUGIN };

ENTRY
{
    return &plugin;
}
