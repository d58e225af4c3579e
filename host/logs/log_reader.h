/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a job's log file (frames of runner_image/maps-init/protocol.h) as text: one
 * stream or all, in order of arrival, from any byte offset of that text.  The file
 * may grow while it is read, and a script may have damaged it: reading then goes on at
 * the next plausible frame and says so.
 * A reader is used by one thread at a time.
 */
#ifndef MAPS_HOST_LOGS_LOG_READER_H
#define MAPS_HOST_LOGS_LOG_READER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { LOG_STDOUT = 1u << 1, LOG_STDERR = 1u << 2, LOG_ALL = 0xffu }; /* masks of 1 << stream */

struct log_reader;

/* A file that is not there yet reads as empty, and is looked for again at each read.
 * Opened with O_NOFOLLOW; anything but a regular file is damage. */
MUST_CHECK struct error *log_reader_open(const char *path, unsigned streams, uint64_t text_offset,
                                         struct log_reader **reader);
void log_reader_close(struct log_reader *reader);
/* Copies up to `size` bytes of text; 0: nothing more yet (a frame that is still being
 * written is not an error).  -errno if reading failed. */
ssize_t log_reader_read(struct log_reader *reader, void *buffer, size_t size);
/* Which stream the bytes of the last read came from (a read never mixes streams if
 * `separate` was set), and where the first of them stands in the text: to go on after
 * them, open a reader at that offset plus their number. */
void log_reader_separate(struct log_reader *reader, bool separate);
int log_reader_stream(const struct log_reader *reader);
uint64_t log_reader_offset(const struct log_reader *reader);
/* Something that is not a frame was found, or the file got shorter. */
bool log_reader_damaged(const struct log_reader *reader);
/* The last read stopped before a frame that is not whole.  While the job runs that is
 * normal; when nobody writes any more, its bytes are lost. */
bool log_reader_incomplete(const struct log_reader *reader);

/* The whole text, at most `limit` bytes, malloc'ed and NUL-terminated; *truncated says
 * that there was more. */
MUST_CHECK struct error *log_read_all(const char *path, unsigned streams, size_t limit, char **text,
                                      size_t *length, bool *truncated);

/* Appends one frame per MAPS_FRAME_MAX_BYTES; for logs that a plugin emits.  0 or -errno. */
int log_append(int fd, int stream, const void *bytes, size_t length);

#endif
