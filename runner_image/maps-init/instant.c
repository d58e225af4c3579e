/* SPDX-License-Identifier: Apache-2.0 */
#include "instant.h"

#include <limits.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now = { 0, 0 };

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t instant_monotonic_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t instant_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t instant_earlier(int64_t a_ms, int64_t b_ms)
{
    if (a_ms == INSTANT_NEVER)
        return b_ms;
    if (b_ms == INSTANT_NEVER)
        return a_ms;
    return a_ms < b_ms ? a_ms : b_ms;
}

int instant_poll_timeout(int64_t deadline_ms, int64_t now_ms)
{
    if (deadline_ms == INSTANT_NEVER)
        return -1;
    if (deadline_ms <= now_ms)
        return 0;
    return deadline_ms - now_ms > INT_MAX ? INT_MAX : (int)(deadline_ms - now_ms);
}
