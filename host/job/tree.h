/* SPDX-License-Identifier: Apache-2.0 */
/* Folder trees that a script may have written, and may still be changing: walked (tree_walk.h)
 * and removed by file descriptor, never through a symbolic link, with bounded resources. */
#ifndef MAPS_HOST_JOB_TREE_H
#define MAPS_HOST_JOB_TREE_H

#include <tree_walk.h>

/* Removes name below parent_fd with all that is in it, however deep.  0 (also if it is
 * not there) or -errno. */
int tree_remove(int parent_fd, const char *name);

#endif
