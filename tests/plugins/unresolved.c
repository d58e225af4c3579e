/* SPDX-License-Identifier: Apache-2.0 */
/* Refused: it needs a function that is nowhere. */
#include "minimal.h"

void function_that_is_nowhere(void);

static void unload(void)
{
    function_that_is_nowhere();
}

static struct maps_runtime_plugin plugin = { MINIMAL_PLUGIN, .unload = unload };

MAPS_REGISTER_RUNTIME("unresolved", plugin)
