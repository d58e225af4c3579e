/* SPDX-License-Identifier: Apache-2.0 */
/* Folder trees that a script may have written, and may still be changing: walked and
 * removed by file descriptor, never through a symbolic link, with bounded resources. */
#ifndef MAPS_HOST_JOB_TREE_H
#define MAPS_HOST_JOB_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { TREE_MAX_DEPTH = 64 };

/* Called for each entry below the top; path is relative to it.  False ends the walk. */
typedef bool (*tree_visit_fn)(void *context, const char *path, const struct stat *st);

/* 0; -ELOOP if folders are nested deeper than TREE_MAX_DEPTH; else -errno of the top
 * folder.  Entries that vanish meanwhile are passed over. */
int tree_walk(int top_fd, tree_visit_fn visit, void *context);

/* Allocated bytes (so that sparse files cost what they hold) and number of entries. */
struct tree_usage {
    uint64_t bytes, entries;
};
/* Stops counting once a bound is passed (0: no bound).  As tree_walk. */
int tree_measure(int top_fd, uint64_t max_bytes, uint64_t max_entries, struct tree_usage *usage);

/* Removes name below parent_fd with all that is in it, however deep.  0 (also if it is
 * not there) or -errno. */
int tree_remove(int parent_fd, const char *name);

#endif
