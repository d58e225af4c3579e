/* SPDX-License-Identifier: Apache-2.0 */
#include "init_log.h"

#include "files.h"

#include "../../runner_image/maps-init/protocol.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { STREAMS = 4 /* indexed by enum maps_stream */ };

static void file_cleanup(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file);
}

static bool sound(const struct maps_frame *frame)
{
    return frame->magic == MAPS_FRAME_MAGIC && frame->stream >= 1 && frame->stream < STREAMS &&
           frame->length >= 1 && frame->length <= MAPS_FRAME_MAX_BYTES &&
           frame->check == maps_frame_check(frame);
}

int init_log_replay(const char *path, init_log_fn take, void *context)
{
    __attribute__((cleanup(file_cleanup))) FILE *file = fopen(path, "rbe");
    TEXT_AUTO payload = malloc(MAPS_FRAME_MAX_BYTES);
    uint64_t offsets[STREAMS] = { 0 };
    struct maps_frame frame;
    int rc = 0;

    if (payload == NULL)
        return -ENOMEM;
    if (file == NULL)
        return -errno;
    while (rc == 0 && fread(&frame, sizeof(frame), 1, file) == 1) {
        if (!sound(&frame) || fread(payload, frame.length, 1, file) != 1)
            return -EBADMSG;
        rc = take(context, frame.stream, offsets[frame.stream], payload, frame.length);
        offsets[frame.stream] += frame.length;
    }
    return rc != 0 ? rc : ferror(file) ? -EIO : 0;
}
