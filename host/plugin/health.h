/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a plugin's engine: the last probe's answer, and whether one is overdue.
 * Pure; the caller locks and reads the clock. */
#ifndef MAPS_HOST_PLUGIN_HEALTH_H
#define MAPS_HOST_PLUGIN_HEALTH_H

#include <maps_runtime.h>
#include <stdbool.h>
#include <stdint.h>

enum { PROBE_LIMIT_MS = 5000 }; /* as maps_runtime.h asks of probe() */

struct health {
    bool probed, reachable;
    char message[512], version[128];
    unsigned probing;         /* probe() calls under way */
    int64_t probing_since_ms; /* start of the oldest of them */
    bool overdue_told;
};

void health_probe_began(struct health *health, int64_t now_ms);
void health_probe_ended(struct health *health);
void health_learn(struct health *health, const struct maps_probe *probe);
/* Once per hanging probe: true if it is overdue and nobody has been told. */
bool health_tell_overdue(struct health *health, int64_t now_ms);
/* Milliseconds that a probe has been under way beyond what it may take; 0: none. */
int64_t health_overdue_ms(const struct health *health, int64_t now_ms);

#endif
