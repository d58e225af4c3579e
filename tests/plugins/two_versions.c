/* SPDX-License-Identifier: Apache-2.0 */
/* Refused: the struct says another ABI version than the note. */
#include "minimal.h"

static struct maps_runtime_plugin plugin = { STAMPED("two_versions"), MINIMAL_PLUGIN };

ABI_NOTE;

ENTRY
{
    plugin.abi_version = 2;
    return &plugin;
}
