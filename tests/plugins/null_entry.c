/* SPDX-License-Identifier: Apache-2.0 */
/* Refused: its entry function returns nothing. */
#include "minimal.h"

static const struct maps_runtime_plugin plugin = { STAMPED("null_entry"), MINIMAL_PLUGIN };

ABI_NOTE;

ENTRY
{
    return plugin.size == 0 ? &plugin : NULL;
}
