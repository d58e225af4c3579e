/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <errno.h>
#include <string.h>

enum { STDOUT = 1, STDERR = 2 };

void stream_init(struct stream *stream, stream_fn take, void *context)
{
    *stream = (struct stream){ .take = take, .context = context };
}

/* Header: the stream's number, three zeroes, the payload's length in network order. */
static int begin_frame(struct stream *stream)
{
    const unsigned char *header = stream->header;

    if ((header[0] != STDOUT && header[0] != STDERR) || header[1] != 0 || header[2] != 0 ||
        header[3] != 0)
        return -EBADMSG;
    stream->left = (uint32_t)header[4] << 24 | (uint32_t)header[5] << 16 |
                   (uint32_t)header[6] << 8 | header[7];
    if (stream->left == 0)
        stream->header_length = 0;
    return 0;
}

static size_t fill_header(struct stream *stream, const unsigned char *bytes, size_t length)
{
    size_t wanted = sizeof(stream->header) - stream->header_length;
    size_t taken = length < wanted ? length : wanted;

    memcpy(stream->header + stream->header_length, bytes, taken);
    stream->header_length += taken;
    return taken;
}

static int take_payload(struct stream *stream, const unsigned char *bytes, size_t length)
{
    uint64_t *offset = &stream->offsets[stream->header[0]];
    int rc = stream->take(stream->context, stream->header[0], *offset, bytes, length);

    *offset += length;
    stream->left -= (uint32_t)length;
    if (stream->left == 0)
        stream->header_length = 0;
    return rc;
}

int stream_write(void *context, const void *bytes, size_t length)
{
    struct stream *stream = context;
    const unsigned char *next = bytes;
    int rc = 0;

    while (length > 0 && rc == 0) {
        size_t taken;

        if (stream->left == 0) {
            taken = fill_header(stream, next, length);
            if (stream->header_length == sizeof(stream->header))
                rc = begin_frame(stream);
        } else {
            taken = length < stream->left ? length : stream->left;
            rc = take_payload(stream, next, taken);
        }
        next += taken;
        length -= taken;
    }
    return rc;
}
