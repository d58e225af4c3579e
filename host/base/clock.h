/* SPDX-License-Identifier: Apache-2.0 */
/* Time: wall clock for people, monotonic clock for deadlines.  Milliseconds. */
#ifndef MAPS_HOST_BASE_CLOCK_H
#define MAPS_HOST_BASE_CLOCK_H

#include <stdint.h>

enum { CLOCK_TEXT_BYTES = 32 };

int64_t clock_wall_ms(void);      /* since 1970-01-01T00:00:00Z */
int64_t clock_monotonic_ms(void); /* CLOCK_MONOTONIC */
/* RFC 3339 UTC with milliseconds: "2026-01-02T03:04:05.678Z". */
void clock_format_ms(int64_t wall_ms, char text[static CLOCK_TEXT_BYTES]);

#endif
