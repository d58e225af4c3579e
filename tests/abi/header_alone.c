/* SPDX-License-Identifier: Apache-2.0 */
/* The header needs nothing included before it. */
#include <maps_runtime.h>

static struct maps_runtime_plugin plugin;

MAPS_REGISTER_RUNTIME("alone", plugin)

int has_cleanup(const struct maps_runtime_plugin *old);
int has_cleanup(const struct maps_runtime_plugin *old)
{
    return MAPS_HAS(old, struct maps_runtime_plugin, cleanup);
}
