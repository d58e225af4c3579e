/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/health.h"

#include <stdio.h>

void health_probe_began(struct health *health, int64_t now_ms)
{
    if (health->probing++ > 0)
        return;
    health->probing_since_ms = now_ms;
    health->overdue_told = false;
}

void health_probe_ended(struct health *health)
{
    health->probing--;
}

void health_learn(struct health *health, const struct maps_probe *probe)
{
    health->probed = true;
    health->reachable = probe->reachable != 0;
    (void)snprintf(health->message, sizeof(health->message), "%s", probe->message);
    if (probe->version[0] != '\0') /* an engine that is down cannot say: keep the last one */
        (void)snprintf(health->version, sizeof(health->version), "%s", probe->version);
}

int64_t health_overdue_ms(const struct health *health, int64_t now_ms)
{
    int64_t taken_ms = now_ms - health->probing_since_ms;

    return health->probing > 0 && taken_ms > PROBE_LIMIT_MS ? taken_ms : 0;
}

bool health_tell_overdue(struct health *health, int64_t now_ms)
{
    bool tell = !health->overdue_told && health_overdue_ms(health, now_ms) > 0;

    health->overdue_told = health->overdue_told || tell;
    return tell;
}
