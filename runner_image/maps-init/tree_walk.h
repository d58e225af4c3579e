/* SPDX-License-Identifier: Apache-2.0 */
/* Folder trees that a script may have written, and may still be changing: walked by file
 * descriptor, never through a symbolic link, with bounded resources.  For the host, too. */
#ifndef MAPS_INIT_TREE_WALK_H
#define MAPS_INIT_TREE_WALK_H

#include <dirent.h>
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

/* ---- for other walks of the same kind ---- */

bool tree_is_dot(const char *name); /* "." or ".." */
/* Gives the folder's owner all rights on it.  If that fails, so will what needs them. */
void tree_unlock_dir(int parent_fd, const char *name);
/* Opens a folder, no link, that its owner may have made unreadable; NULL: see errno. */
DIR *tree_open_dir(int parent_fd, const char *name);
void tree_close_dir(DIR **dir);
#define TREE_DIR_AUTO __attribute__((cleanup(tree_close_dir))) DIR *

#endif
