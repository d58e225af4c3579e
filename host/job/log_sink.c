/* SPDX-License-Identifier: Apache-2.0 */
#include "job/log_sink.h"

#include "base/error.h"
#include "logs/log_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { STREAMS = 4 }; /* indexed by enum maps_stream */

struct log_sink {
    int fd;
    uint64_t limit, total;
    uint64_t next[STREAMS]; /* source offset that comes next, per stream */
};

/* Counts the bytes that a former host wrote. */
static int count_held(struct log_sink *sink, const char *path)
{
    char buffer[65536];
    struct log_reader *reader = NULL;
    struct error *err = log_reader_open(path, LOG_ALL, 0, &reader);
    ssize_t n;

    if (err != NULL) {
        error_free(err);
        return -EIO;
    }
    log_reader_separate(reader, true);
    while ((n = log_reader_read(reader, buffer, sizeof(buffer))) > 0) {
        sink->next[log_reader_stream(reader) % STREAMS] += (uint64_t)n;
        sink->total += (uint64_t)n;
    }
    log_reader_close(reader);
    return (int)n;
}

struct log_sink *log_sink_open(const char *path, uint64_t limit_bytes)
{
    struct log_sink *sink = calloc(1, sizeof(*sink));

    if (sink == NULL)
        return NULL;
    sink->limit = limit_bytes;
    sink->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    int result = sink->fd < 0 ? -errno : count_held(sink, path);
    if (result < 0) {
        log_sink_close(sink);
        errno = -result;
        return NULL;
    }
    return sink;
}

void log_sink_close(struct log_sink *sink)
{
    if (sink == NULL)
        return;
    if (sink->fd >= 0)
        (void)close(sink->fd);
    free(sink);
}

int log_sink_emit(struct log_sink *sink, int stream, uint64_t source_offset, const void *bytes,
                  size_t length, bool *gap)
{
    uint64_t *next = &sink->next[stream % STREAMS];
    const char *from = bytes;
    bool over = false;

    if (source_offset < *next) {
        uint64_t held = *next - source_offset;
        if (held >= length)
            return 0;
        from += held;
        length -= (size_t)held;
    } else if (source_offset > *next) {
        *gap = true;
        *next = source_offset;
    }
    if (sink->limit != 0 && length > sink->limit - sink->total) {
        length = (size_t)(sink->limit - sink->total);
        over = true;
    }
    int result = length == 0 ? 0 : log_append(sink->fd, stream, from, length);
    if (result != 0)
        return result;
    *next += length;
    sink->total += length;
    return over ? -EDQUOT : 0;
}
