/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted: nothing is wrong with it. */
#include "minimal.h"

static struct maps_runtime_plugin plugin = { MINIMAL_PLUGIN };

MAPS_REGISTER_RUNTIME("good", plugin)
