// SPDX-License-Identifier: Apache-2.0
// The header needs nothing included before it.
#include <maps_runtime.h>

static maps_runtime_plugin plugin;

MAPS_REGISTER_RUNTIME("alone", plugin)

bool has_cleanup(const maps_runtime_plugin *old);
bool has_cleanup(const maps_runtime_plugin *old)
{
    return MAPS_HAS(old, maps_runtime_plugin, cleanup);
}
