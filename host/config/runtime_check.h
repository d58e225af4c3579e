/* SPDX-License-Identifier: Apache-2.0 */
/* Is there a plugin for the runtime that was chosen? */
#ifndef MAPS_HOST_CONFIG_RUNTIME_CHECK_H
#define MAPS_HOST_CONFIG_RUNTIME_CHECK_H

#include "base/error.h"
#include "config/detect.h"
#include "plugin/plugins.h"

/* ERROR_INVALID, with the runtimes there are. */
MUST_CHECK struct error *detected_runtime_check(const struct detected_runtime *runtime,
                                                const struct plugins *plugins,
                                                const char *plugin_dir);

#endif
