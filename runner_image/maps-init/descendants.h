/* SPDX-License-Identifier: Apache-2.0 */
/* Finds all that a process has started, directly or not. */
#ifndef MAPS_INIT_DESCENDANTS_H
#define MAPS_INIT_DESCENDANTS_H

#include <stdbool.h>
#include <sys/types.h>

/* The parent's pid in the text of /proc/<pid>/stat. */
bool descendants_parse_parent(const char *stat, pid_t *parent);

/* Kills every descendant of this process that /proc shows. */
void descendants_kill(void);

#endif
