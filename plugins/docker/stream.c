/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { STDOUT = 1, STDERR = 2, ENGINE = 3 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool is_header(const unsigned char *header)
{
    return header[0] >= STDOUT && header[0] <= ENGINE && header[1] == 0 && header[2] == 0 &&
           header[3] == 0;
}

static uint32_t length_in(const unsigned char *header)
{
    return (uint32_t)header[4] << 24 | (uint32_t)header[5] << 16 | (uint32_t)header[6] << 8 |
           header[7];
}

/* How many bytes it used, or -EBADMSG. */
static long take_header(struct docker_stream *stream, const unsigned char *bytes, size_t length)
{
    size_t used = smaller(length, sizeof(stream->header) - stream->header_length);

    memcpy(stream->header + stream->header_length, bytes, used);
    stream->header_length += used;
    if (stream->header_length < sizeof(stream->header))
        return (long)used;
    if (!is_header(stream->header))
        return -EBADMSG;
    stream->left = length_in(stream->header);
    return (long)used;
}

static void keep_words(struct docker_stream *stream, const unsigned char *bytes, size_t length)
{
    size_t there = strlen(stream->engine_says);
    size_t room = sizeof(stream->engine_says) - 1 - there;

    memcpy(stream->engine_says + there, bytes, smaller(length, room));
}

/* How many bytes it used, or what the taker returned. */
static long take_bytes(struct docker_stream *stream, const unsigned char *bytes, size_t length)
{
    size_t used = smaller(length, stream->left);
    int number = stream->header[0];

    stream->left -= (uint32_t)used;
    if (number == ENGINE) {
        keep_words(stream, bytes, used);
        return (long)used;
    }
    uint64_t offset = stream->offsets[number - STDOUT];
    int rc = stream->take(stream->context, number, offset, bytes, used);

    stream->offsets[number - STDOUT] = offset + used;
    return rc < 0 ? rc : (long)used;
}

static bool header_is_whole(const struct docker_stream *stream)
{
    return stream->header_length == sizeof(stream->header);
}

int docker_stream_feed(void *context, const void *bytes, size_t length)
{
    struct docker_stream *stream = context;
    const unsigned char *rest = bytes;

    while (length > 0) {
        long used = header_is_whole(stream) ? take_bytes(stream, rest, length)
                                            : take_header(stream, rest, length);

        if (used < 0)
            return (int)used;
        rest += used;
        length -= (size_t)used;
        if (!header_is_whole(stream) || stream->left > 0)
            continue;
        if (stream->header[0] == ENGINE)
            return -EIO;
        stream->header_length = 0;
    }
    return 0;
}

int docker_stream_end(const struct docker_stream *stream)
{
    if (header_is_whole(stream) && stream->header[0] == ENGINE)
        return -EIO;
    return stream->header_length == 0 ? 0 : -EBADMSG;
}
