/* SPDX-License-Identifier: Apache-2.0 */
#include "job/retry.h"

int64_t retry_delay_ms(unsigned failures, int64_t base_ms, int64_t max_ms, uint32_t random)
{
    int64_t delay = base_ms;

    for (unsigned i = 1; i < failures && delay < max_ms; i++)
        delay *= 2;
    if (delay > max_ms)
        delay = max_ms;
    return delay - (int64_t)((uint64_t)delay / 2 * (random % 1024u) / 1024u);
}

bool retry_start(bool start_attempted, bool runtime_reachable, uint32_t attempts,
                 uint32_t retries_allowed)
{
    if (start_attempted)
        return false;
    return !runtime_reachable || attempts <= retries_allowed;
}
