/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict in the words of the plugin interface.  Pure. */
#ifndef MAPS_PLUGINS_COMMON_OUTCOME_H
#define MAPS_PLUGINS_COMMON_OUTCOME_H

#include "verdict.h"

#include <maps_runtime.h>

struct outcome_text {
    char text[512];
};

/* outcome->message points into text. */
void outcome_from_result(const struct result *result, const struct maps_limits *limits,
                         uint64_t timeout_ms, struct maps_outcome *outcome,
                         struct outcome_text *text);

#endif
