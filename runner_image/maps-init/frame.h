/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and recognising the frames of a log file (protocol.h). */
#ifndef MAPS_INIT_FRAME_H
#define MAPS_INIT_FRAME_H

#include "protocol.h"

#include <stdbool.h>
#include <stddef.h>

/* Could this header have been written by frame_append()? */
bool frame_plausible(const struct maps_frame *frame);

/* Appends one frame of 1 to MAPS_FRAME_MAX_BYTES bytes to fd, which was opened with
 * O_APPEND.  0 or -errno; then nothing of the frame is left behind, if that can be
 * helped. */
int frame_append(int fd, int stream, const void *bytes, size_t length);

#endif
