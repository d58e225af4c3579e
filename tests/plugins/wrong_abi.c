/* SPDX-License-Identifier: Apache-2.0 */
/* Refused before its code is mapped: its note is of a version that no host knows. */
#include "minimal.h"

#undef MAPS_ABI_VERSION
#define MAPS_ABI_VERSION 4711u

static struct maps_runtime_plugin plugin = { MINIMAL_PLUGIN };

MAPS_REGISTER_RUNTIME("wrong_abi", plugin)
