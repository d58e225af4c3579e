/* SPDX-License-Identifier: Apache-2.0 */
/* Have files changed, and settled?  Looks at what their names lead to, so that a write in
 * place, a rename over them and a symbolic link that now leads elsewhere (as Kubernetes swaps
 * a ConfigMap) are all seen.  One thread. */
#ifndef MAPS_HOST_RELOAD_FILE_WATCH_H
#define MAPS_HOST_RELOAD_FILE_WATCH_H

#include <stdbool.h>

struct file_watch;

/* NULL: out of memory. */
struct file_watch *file_watch_new(void);
void file_watch_free(struct file_watch *watch); /* NULL is fine */

/* What is there now counts as known; call it before the files are read. */
void file_watch_mark(struct file_watch *watch);
/* Watches these files and those of `more`; both end with NULL, `more` may be NULL.  Of a file
 * that was watched already, what counts as known stays.  False: out of memory, then all stays
 * as it was. */
bool file_watch_set(struct file_watch *watch, const char *const *files, const char *const *more);
/* True if some file is not as known, but as it was at the look before: whoever wrote it is
 * done.  Call it again and again. */
bool file_watch_look(struct file_watch *watch);

#endif
