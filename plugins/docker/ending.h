/* SPDX-License-Identifier: Apache-2.0 */
/* How a run ended, from what the engine and maps-init say.  Where they differ, the engine is
 * believed: a script may have been able to write to its control folder.  Pure. */
#ifndef MAPS_DOCKER_ENDING_H
#define MAPS_DOCKER_ENDING_H

#include "container.h"
#include "verdict.h"

struct ending {
    uint32_t attempt;
    const struct container_state *state; /* NULL: the container is gone */
    const struct init_exit *record;      /* as read, or NULL */
    bool marker;                         /* maps-init's start marker was seen */
    enum stop_cause stop;                /* why we killed it */
};

void ending_judge(const struct ending *ending, struct result *result);

#endif
