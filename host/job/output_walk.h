/* SPDX-License-Identifier: Apache-2.0 */
/* A walk through a folder tree that a script may have written, and may still be changing: one
 * entry at a time, sorted by name within each folder, a folder before what is in it.  By file
 * descriptor, never through a symbolic link.
 *
 * It holds a descriptor and the names of each folder between the top and where it is: 100,000
 * files in one folder cost their names and 8 bytes for each. */
#ifndef MAPS_HOST_JOB_OUTPUT_WALK_H
#define MAPS_HOST_JOB_OUTPUT_WALK_H

#include <sys/stat.h>

/* Valid until the next step. */
struct walk_entry {
    const char *path; /* from the top */
    int folder_fd;    /* the walk's own */
    const char *name; /* in that folder */
    struct stat status;
};

struct output_walk;
/* top_fd stays the caller's, and open until output_walk_free.  NULL: out of memory. */
struct output_walk *output_walk_new(int top_fd);
/* 1 with an entry; 0 at the end; -errno: a folder could not be read, -ELOOP if folders are
 * nested deeper than TREE_MAX_DEPTH, -ENOMEM.  What vanishes meanwhile is passed over. */
int output_walk_next(struct output_walk *walk, struct walk_entry *entry);
void output_walk_free(struct output_walk *walk); /* NULL is fine */

#endif
