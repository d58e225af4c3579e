/* SPDX-License-Identifier: Apache-2.0 */
/* The last steps of a process that becomes bubblewrap: out of the host's control groups,
 * mounts and privileges. */
#ifndef MAPS_SANDBOX_SANDBOX_STAGE_H
#define MAPS_SANDBOX_SANDBOX_STAGE_H

#include "fault.h"
#include "view.h"

#include <stdint.h>

/* A folder that every machine has and no sandbox needs.  The stage is mounted over it, for
 * this process and its children only. */
#define STAGE_DIR "/mnt"

/* As root: binds every item of the view to "<STAGE_DIR>/<index>".  The uid that bubblewrap
 * runs as need not be able to reach the sources (the data folder is private), and bubblewrap
 * resolves paths.  0 or -errno. */
int sandbox_stage(const struct view *view, struct fault *fault);

/* As root: becomes uid and gid for good.  0 or -errno. */
int sandbox_drop(uint32_t uid, uint32_t gid, struct fault *fault);

#endif
