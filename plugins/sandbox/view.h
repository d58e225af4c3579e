/* SPDX-License-Identifier: Apache-2.0 */
/* What a job sees of the host's file system: which file or folder appears where. */
#ifndef MAPS_SANDBOX_VIEW_H
#define MAPS_SANDBOX_VIEW_H

#include "fault.h"
#include "order.h"

#include <stdbool.h>
#include <stddef.h>

enum view_kind { VIEW_READONLY, VIEW_WRITABLE, VIEW_SYMLINK };

struct view_item {
    enum view_kind kind;
    char *source; /* on the host; of a symlink: what it says */
    char *target; /* in the sandbox */
};

struct view {
    struct view_item *items;
    size_t count;
    bool failed; /* out of memory */
};

/* Where maps-init lies inside. */
#define VIEW_INIT "/run/maps-init"

/* The operating system: the operator's read-only paths, the links and folders of the root
 * that programs need (/bin, /lib ...), a few files of /etc.  0 or -errno. */
int view_add_system(struct view *view, char *const *readonly_paths, bool host_network,
                    struct fault *fault);
/* The job's own: script, request, input, output, maps-init. */
void view_add_job(struct view *view, const struct order *order);
void view_clear(struct view *view);

#endif
