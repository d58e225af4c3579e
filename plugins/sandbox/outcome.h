/* SPDX-License-Identifier: Apache-2.0 */
/* A supervisor's result in the words of the plugin interface.  Pure. */
#ifndef MAPS_SANDBOX_OUTCOME_H
#define MAPS_SANDBOX_OUTCOME_H

#include "result.h"

#include <maps_runtime.h>

struct outcome_text {
    char text[512];
};

/* outcome->message points into text. */
void outcome_from_result(const struct result *result, const struct maps_limits *limits,
                         uint64_t timeout_ms, struct maps_outcome *outcome,
                         struct outcome_text *text);

#endif
