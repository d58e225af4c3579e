/* SPDX-License-Identifier: Apache-2.0 */
/* Refused: a required callback is missing. */
#include "minimal.h"

static struct maps_runtime_plugin plugin = { STAMPED("no_run_script"), MINIMAL_PLUGIN };

ABI_NOTE;

ENTRY
{
    plugin.run_script = NULL;
    return &plugin;
}
