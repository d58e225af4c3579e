/* SPDX-License-Identifier: Apache-2.0 */
/* Refused: nobody could name it in a configuration. */
#include "minimal.h"

static struct maps_runtime_plugin plugin = { MINIMAL_PLUGIN };

MAPS_REGISTER_RUNTIME("../Bad Name", plugin)
