/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup's evidence, where the runtime lets us see it. */
#ifndef MAPS_INIT_CGROUP_H
#define MAPS_INIT_CGROUP_H

#include <stdint.h>

/* Value of "oom_kill N" in the text of memory.events (v2) or memory.oom_control (v1);
 * -1 if it is not there. */
int64_t cgroup_parse_oom_kills(const char *text);

/* How often the memory limit has killed in this cgroup so far; -1: unknown. */
int64_t cgroup_oom_kills(void);

#endif
