/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that have ended, and those that must. */
#ifndef MAPS_INIT_REMAINS_H
#define MAPS_INIT_REMAINS_H

#include <stdbool.h>
#include <sys/types.h>

/* Orphans of the script become our children, whether we are PID 1 or not. */
void remains_adopt(void);

/* Reaps every zombie but the script itself: while that is one, its number cannot be
 * given to another process group.  True if the script has ended. */
bool remains_reap(pid_t script);

/* Kills and reaps everything that is left, the script too; returns its raw wait status.
 * Gives up on processes that SIGKILL does not end within seconds (stuck in the kernel). */
int remains_end(pid_t script);

#endif
