/* SPDX-License-Identifier: Apache-2.0 */
/* Refused: its struct ends before the last callbacks that ABI version 1 has. */
#include "minimal.h"

static struct maps_runtime_plugin plugin = { STAMPED("short_struct"), MINIMAL_PLUGIN };

ABI_NOTE;

ENTRY
{
    plugin.size = offsetof(struct maps_runtime_plugin, recover);
    return &plugin;
}
