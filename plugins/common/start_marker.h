/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a script has started: the marker that maps-init must be the first to make
 * (runner_image/maps-init/protocol.h). */
#ifndef MAPS_PLUGINS_COMMON_START_MARKER_H
#define MAPS_PLUGINS_COMMON_START_MARKER_H

#include <stdint.h>

/* 1: it is there; 0: it is not; or -errno. */
int start_marker_look(const char *control_dir, uint32_t attempt);

/* Makes it in maps-init's place.  0: durable; this attempt has not started the script, and no
 * maps-init, however late it comes, ever will.  -EEXIST: the script may have started.  Or
 * another -errno: nothing is proven. */
int start_marker_claim(const char *control_dir, uint32_t attempt);

#endif
