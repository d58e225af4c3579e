/* SPDX-License-Identifier: Apache-2.0 */
/* However a stream is split, the same comes out of it. */
#include <stream.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    struct docker_stream stream;
    int result;
    uint64_t digest[2]; /* of each stream's bytes */
};

static int take(void *context, int stream, uint64_t offset, const void *bytes, size_t length)
{
    struct outcome *outcome = context;
    const uint8_t *from = bytes;

    if ((stream != 1 && stream != 2) || length == 0 ||
        offset != outcome->stream.offsets[stream - 1])
        abort();
    for (size_t i = 0; i < length; i++)
        outcome->digest[stream - 1] = outcome->digest[stream - 1] * 31 + from[i] + 1;
    return 0;
}

/* In pieces of 1 to at most bytes, which the data itself chooses. */
static struct outcome decode(const uint8_t *data, size_t size, size_t most)
{
    struct outcome outcome = { .stream = { .take = take } };

    outcome.stream.context = &outcome;
    for (size_t at = 0, length; at < size && outcome.result == 0; at += length) {
        length = 1 + data[at] % most;
        if (length > size - at)
            length = size - at;
        outcome.result = docker_stream_feed(&outcome.stream, data + at, length);
    }
    if (outcome.result == 0)
        outcome.result = docker_stream_end(&outcome.stream);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct outcome one = decode(data, size, 1), many = decode(data, size, 100);

    if (one.result != many.result)
        abort();
    for (int i = 0; i < 2; i++) {
        if (one.digest[i] != many.digest[i] || one.stream.offsets[i] != many.stream.offsets[i])
            abort();
    }
    return 0;
}
