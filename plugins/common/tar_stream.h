/* SPDX-License-Identifier: Apache-2.0 */
/* A tar archive that is pulled.  libarchive pushes what it makes; this holds it until it is
 * taken.  What is fed in small pieces is held in a small chunk.  For the host, too. */
#ifndef MAPS_PLUGINS_COMMON_TAR_STREAM_H
#define MAPS_PLUGINS_COMMON_TAR_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum { TAR_PIECE_BYTES = 16384 }; /* a good length to feed */

struct tar_entry {
    const char *path; /* any bytes, any length */
    mode_t mode;      /* with its type: a regular file or a folder */
    uid_t uid;
    gid_t gid;
    time_t modified_at; /* what a header cannot say becomes the nearest that it can */
    uint64_t size;
};

struct tar_stream;
/* All but the first and the last return 0 or -errno. */
struct tar_stream *tar_stream_new(void); /* NULL: out of memory */
/* Ends the entry before, of which all bytes must have been fed. */
int tar_stream_header(struct tar_stream *stream, const struct tar_entry *entry);
int tar_stream_bytes(struct tar_stream *stream, const void *bytes, size_t length);
int tar_stream_end(struct tar_stream *stream); /* the end mark of the archive */
/* What has been made and not yet taken, at most `size` bytes; 0: nothing, feed it. */
size_t tar_stream_take(struct tar_stream *stream, void *buffer, size_t size);
void tar_stream_free(struct tar_stream *stream); /* NULL is fine */

#endif
