/* SPDX-License-Identifier: Apache-2.0 */
/* Refused: the default of an option is no value of its type. */
#include "minimal.h"

static const struct maps_option options[] = { { .size = sizeof(struct maps_option),
                                                .name = "start_timeout_seconds",
                                                .type = MAPS_OPTION_INT,
                                                .default_value = "soon",
                                                .help = "How long a start may take." },
                                              MAPS_OPTION_END };

static struct maps_runtime_plugin plugin = { MINIMAL_PLUGIN, .options = options };

MAPS_REGISTER_RUNTIME("bad_option", plugin)
