/* SPDX-License-Identifier: Apache-2.0 */
/* Refused: its own load() says no, and why. */
#include "minimal.h"

#include <errno.h>

static int load(const struct maps_host *host)
{
    host->set_error("The engine's licence has expired in %d. Renew it.", 1999);
    return -EPERM;
}

static struct maps_runtime_plugin plugin = { MINIMAL_PLUGIN, .load = load };

MAPS_REGISTER_RUNTIME("load_fails", plugin)
