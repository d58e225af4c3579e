/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time. */
#ifndef MAPS_INIT_INSTANT_H
#define MAPS_INIT_INSTANT_H

#include <stdint.h>

enum { INSTANT_NEVER = -1 };

int64_t instant_monotonic_ms(void);
int64_t instant_wall_us(void);

/* The earlier of two deadlines, either of which may be INSTANT_NEVER. */
int64_t instant_earlier(int64_t a_ms, int64_t b_ms);
/* What poll(2) takes to sleep until deadline_ms: rounded up, -1 for INSTANT_NEVER. */
int instant_poll_timeout(int64_t deadline_ms, int64_t now_ms);

#endif
