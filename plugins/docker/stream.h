/* SPDX-License-Identifier: Apache-2.0 */
/* The frames in which the engine sends a container's output: both streams over one connection.
 * Pure; allocates nothing. */
#ifndef MAPS_DOCKER_STREAM_H
#define MAPS_DOCKER_STREAM_H

#include <stddef.h>
#include <stdint.h>

/* stream: 1 stdout, 2 stderr; offset: of the first byte, counted from that stream's beginning.
 * Non-zero breaks off. */
typedef int (*stream_fn)(void *context, int stream, uint64_t offset, const void *bytes,
                         size_t length);

struct stream {
    stream_fn take;
    void *context;
    unsigned char header[8];
    size_t header_length;
    uint32_t left;       /* of the frame's payload */
    uint64_t offsets[3]; /* indexed by stream */
};

void stream_init(struct stream *stream, stream_fn take, void *context);
/* The next bytes, cut anywhere.  0; -EBADMSG if they are no frames; or what take() returned.
 * Fits http_request.take_body with the stream as context. */
int stream_write(void *stream, const void *bytes, size_t length);

#endif
