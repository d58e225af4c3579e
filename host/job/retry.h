/* SPDX-License-Identifier: Apache-2.0 */
/* When a failed start may be tried again, and after how long.  Pure policy. */
#ifndef MAPS_HOST_JOB_RETRY_H
#define MAPS_HOST_JOB_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* Doubles from base_ms up to max_ms; the result lies between half of that and all of it.
 * random: any number. */
int64_t retry_delay_ms(unsigned failures, int64_t base_ms, int64_t max_ms, uint32_t random);

/* May the start of a job be tried again after `attempts` failed ones?  Only ever if the
 * script has certainly not started; while the runtime is unreachable, as long as it takes. */
bool retry_start(bool start_attempted, bool runtime_reachable, uint32_t attempts,
                 uint32_t retries_allowed);

#endif
