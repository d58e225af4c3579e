/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Engine API's multiplexed stream of a container's output: frames of an 8-byte header
 * (stream, three zeros, length in big-endian order) and that many bytes.
 */
#ifndef MAPS_PLUGINS_DOCKER_STREAM_H
#define MAPS_PLUGINS_DOCKER_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum { DOCKER_STREAM_HEADER_BYTES = 8 };

/* Zeroed but for take and context, it is ready for the first byte. */
struct docker_stream {
    /* Bytes of stream 1 (stdout) or 2 (stderr) that begin at this offset in it.  length is
     * never 0.  A negative errno breaks off, and docker_stream_feed returns it; else 0. */
    int (*take)(void *context, int stream, uint64_t offset, const void *bytes, size_t length);
    void *context;

    uint64_t offsets[2];   /* where each stream goes on */
    char engine_says[256]; /* the engine's own words on stream 3: why it cannot go on */

    unsigned char header[DOCKER_STREAM_HEADER_BYTES];
    size_t header_length;
    uint32_t left; /* of the frame's bytes */
};

/* Takes the next bytes, however they are split.  0; -EBADMSG: this is no such stream; -EIO: the
 * engine reports an error, see engine_says; or what take returned.  Not to be fed after that.
 * Fits http_request.take_body with the docker_stream as context. */
int docker_stream_feed(void *stream, const void *bytes, size_t length);
/* After the last byte: 0, -EBADMSG within a frame, -EIO as above. */
int docker_stream_end(const struct docker_stream *stream);

#endif
