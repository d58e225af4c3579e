/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/log_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <frame.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Small, because every follower of a log has a reader. */
enum { WINDOW_BYTES = 4096 };
/* A script may have made its log a terabyte of holes: nobody searches that for frames. */
enum { MAX_DAMAGE_BYTES = 16 << 20 };

struct log_reader {
    char *path;
    int fd; /* -1: not there yet */
    unsigned streams;
    bool separate, damaged;
    bool given_up;        /* not a log, or damaged beyond all bounds: reads as ended */
    int stream;           /* of the last read */
    uint64_t text_offset; /* of the last read's first byte */
    uint64_t next_offset; /* of the next one's */
    uint64_t skip_bytes;  /* of text, until the offset that was asked for */
    uint64_t size;        /* of the file, when last looked at */
    uint64_t position;    /* in the file */
    uint32_t frame_left;  /* payload bytes from position on; the frame is known to be whole */
    int frame_stream;
    uint64_t window_start; /* in the file, of the bytes below */
    size_t window_length;
    unsigned char window[WINDOW_BYTES];
};

/* ---- the file ---- */

static void give_up(struct log_reader *reader)
{
    reader->damaged = reader->given_up = true;
    reader->frame_left = 0;
}

/* 0 also if the file is not there, or is nothing that we read. */
static int open_file(struct log_reader *reader)
{
    struct stat st;

    reader->fd = open(reader->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (reader->fd < 0) {
        if (errno == ELOOP || errno == ENXIO)
            give_up(reader);
        return errno == ENOENT || reader->given_up ? 0 : -errno;
    }
    if (fstat(reader->fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        give_up(reader);
    return 0;
}

/* Looks how large the file is now.  Forgets the window: a writer that runs out of space
 * takes a torn frame back, and may later put another in its place. */
static int refresh_size(struct log_reader *reader)
{
    struct stat st;

    reader->window_length = 0;
    if (fstat(reader->fd, &st) != 0)
        return -errno;
    reader->size = (uint64_t)st.st_size;
    if (reader->size >= reader->position + reader->frame_left)
        return 0;
    /* Only a script shortens its log.  What is there now may be old or new: rather
     * miss some of it than deliver some twice. */
    reader->damaged = true;
    reader->frame_left = 0;
    reader->position = reader->size;
    return 0;
}

static ssize_t read_file(const struct log_reader *reader, uint64_t offset, void *buffer,
                         size_t size)
{
    ssize_t n;

    do {
        n = pread(reader->fd, buffer, size, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

/* Points *bytes at what the window has of the file from offset on; returns how many
 * bytes, at least `wanted` unless the file ends before; or -errno. */
static ssize_t look(struct log_reader *reader, uint64_t offset, size_t wanted,
                    const unsigned char **bytes)
{
    uint64_t end = reader->window_start + reader->window_length;

    if (offset < reader->window_start || offset + wanted > end) {
        ssize_t n = read_file(reader, offset, reader->window, sizeof(reader->window));

        reader->window_length = n < 0 ? 0 : (size_t)n;
        reader->window_start = offset;
        if (n < 0)
            return n;
        end = offset + (uint64_t)n;
    }
    *bytes = reader->window + (offset - reader->window_start);
    return (ssize_t)(end - offset);
}

/* ---- frames ---- */

static bool header_at(const unsigned char *bytes, struct maps_frame *frame)
{
    memcpy(frame, bytes, sizeof(*frame));
    return frame_plausible(frame);
}

/* Goes to the next place that looks like a frame; to the last bytes, which may be the
 * beginning of one, if there is none.  0 or -errno. */
static int find_frame(struct log_reader *reader)
{
    uint64_t last = reader->position + MAX_DAMAGE_BYTES;
    struct maps_frame frame;

    reader->damaged = true;
    reader->position++;
    while (reader->position + sizeof(frame) <= reader->size) {
        const unsigned char *bytes;
        ssize_t n = look(reader, reader->position, sizeof(frame), &bytes);

        if (n < 0)
            return (int)n;
        if (n < (ssize_t)sizeof(frame))
            return 0;
        size_t i = 0, places = (size_t)n - sizeof(frame) + 1;

        while (i < places && !(bytes[i] == MAPS_FRAME_MAGIC && header_at(bytes + i, &frame)))
            i++;
        reader->position += i;
        if (i < places)
            return 0;
        if (reader->position >= last) {
            give_up(reader);
            return 0;
        }
    }
    return 0;
}

enum arrival { ARRIVAL_NOTHING, ARRIVAL_FRAME, ARRIVAL_DAMAGE };

/* What stands at the position; -errno if that cannot be read. */
static int look_at_frame(struct log_reader *reader, struct maps_frame *frame)
{
    const unsigned char *bytes;

    if (reader->position + sizeof(*frame) > reader->size)
        return ARRIVAL_NOTHING;
    ssize_t n = look(reader, reader->position, sizeof(*frame), &bytes);

    if (n < 0)
        return (int)n;
    if (n < (ssize_t)sizeof(*frame))
        return ARRIVAL_NOTHING;
    if (!header_at(bytes, frame))
        return ARRIVAL_DAMAGE;
    return reader->position + sizeof(*frame) + frame->length <= reader->size ? ARRIVAL_FRAME
                                                                             : ARRIVAL_NOTHING;
}

/* Enters the next whole frame: ARRIVAL_FRAME, or ARRIVAL_NOTHING, or -errno. */
static int enter_frame(struct log_reader *reader)
{
    struct maps_frame frame;
    int arrival;

    while (!reader->given_up && (arrival = look_at_frame(reader, &frame)) != ARRIVAL_NOTHING) {
        if (arrival < 0)
            return arrival;
        if (arrival == ARRIVAL_FRAME) {
            reader->position += sizeof(frame);
            reader->frame_left = frame.length;
            reader->frame_stream = frame.stream;
            return ARRIVAL_FRAME;
        }
        int error = find_frame(reader);

        if (error != 0)
            return error;
    }
    return ARRIVAL_NOTHING;
}

/* ---- text ---- */

static void pass_over(struct log_reader *reader, uint32_t bytes)
{
    reader->position += bytes;
    reader->frame_left -= bytes;
}

/* True if the current frame has bytes that the caller wants. */
static bool is_wanted(struct log_reader *reader)
{
    if ((reader->streams & 1u << reader->frame_stream) == 0) {
        pass_over(reader, reader->frame_left);
        return false;
    }
    if (reader->skip_bytes > 0) {
        uint32_t bytes = reader->skip_bytes < reader->frame_left ? (uint32_t)reader->skip_bytes
                                                                 : reader->frame_left;

        reader->skip_bytes -= bytes;
        pass_over(reader, bytes);
    }
    return reader->frame_left > 0;
}

/* Copies payload of the current frame: large pieces straight from the file. */
static ssize_t copy_payload(struct log_reader *reader, void *buffer, size_t size)
{
    size_t wanted = size < reader->frame_left ? size : reader->frame_left;
    const unsigned char *bytes;

    if (wanted > WINDOW_BYTES / 2)
        return read_file(reader, reader->position, buffer, wanted);
    ssize_t n = look(reader, reader->position, wanted, &bytes);

    if (n <= 0)
        return n;
    if ((size_t)n < wanted)
        wanted = (size_t)n;
    memcpy(buffer, bytes, wanted);
    return (ssize_t)wanted;
}

/* One piece of text from one frame; 0: nothing (more) now. */
static ssize_t read_piece(struct log_reader *reader, char *buffer, size_t size, bool first)
{
    while (reader->frame_left == 0 || !is_wanted(reader)) {
        int arrival = enter_frame(reader); /* nothing is left of the last one */

        if (arrival != ARRIVAL_FRAME)
            return arrival;
    }
    if (!first && reader->separate && reader->frame_stream != reader->stream)
        return 0;
    ssize_t n = copy_payload(reader, buffer, size);

    if (n == 0) /* the file was whole a moment ago */
        return refresh_size(reader);
    if (n > 0) {
        reader->stream = reader->frame_stream;
        pass_over(reader, (uint32_t)n);
    }
    return n;
}

ssize_t log_reader_read(struct log_reader *reader, void *buffer, size_t size)
{
    size_t length = 0;
    ssize_t n = 0;

    if (reader->fd < 0 && !reader->given_up)
        n = open_file(reader);
    if (n < 0 || reader->fd < 0 || reader->given_up)
        return n;
    n = refresh_size(reader);
    reader->text_offset = reader->next_offset;
    while (n >= 0 && length < size) {
        n = read_piece(reader, (char *)buffer + length, size - length, length == 0);
        if (n <= 0)
            break;
        length += (size_t)n;
        reader->next_offset += (uint64_t)n;
    }
    return length > 0 ? (ssize_t)length : n;
}

/* ---- opening and asking ---- */

struct error *log_reader_open(const char *path, unsigned streams, uint64_t text_offset,
                              struct log_reader **reader)
{
    struct log_reader *made = calloc(1, sizeof(*made));

    if (made == NULL || (made->path = strdup(path)) == NULL) {
        free(made);
        return error_new(ERROR_INTERNAL, NULL, "There is not enough memory to read the log.");
    }
    made->fd = -1;
    made->streams = streams;
    made->text_offset = made->next_offset = made->skip_bytes = text_offset;
    int error = open_file(made);

    if (error != 0) {
        log_reader_close(made);
        return error_errno(-error, "The log cannot be opened");
    }
    *reader = made;
    return NULL;
}

void log_reader_close(struct log_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->fd >= 0)
        (void)close(reader->fd);
    free(reader->path);
    free(reader);
}

void log_reader_separate(struct log_reader *reader, bool separate)
{
    reader->separate = separate;
}

int log_reader_stream(const struct log_reader *reader)
{
    return reader->stream;
}

uint64_t log_reader_offset(const struct log_reader *reader)
{
    return reader->text_offset;
}

bool log_reader_damaged(const struct log_reader *reader)
{
    return reader->damaged;
}

bool log_reader_incomplete(const struct log_reader *reader)
{
    return !reader->given_up && reader->frame_left == 0 && reader->position < reader->size;
}
