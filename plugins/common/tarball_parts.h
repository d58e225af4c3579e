/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that make an archive. */
#ifndef MAPS_PLUGINS_COMMON_TARBALL_PARTS_H
#define MAPS_PLUGINS_COMMON_TARBALL_PARTS_H

#include "tar_stream.h"
#include "tarball.h"

/* A folder that was added whole.  Its files are opened below it, never through a link. */
struct tarball_root {
    struct tarball_root *next;
    int fd;
};

struct tarball_entry {
    struct tarball_entry *next;
    char *path;
    mode_t mode; /* with its type */
    uid_t uid;
    gid_t gid;
    uint64_t size;
    void *bytes;  /* of a file in memory */
    char *source; /* of a file on disk: below root_fd, or anywhere if that is AT_FDCWD */
    int root_fd;
};

struct tarball {
    struct tar_stream *stream;
    struct tarball_entry *first, **last;
    struct tarball_root *roots;
    time_t made_at;

    /* Reading. */
    const struct tarball_entry *current; /* whose header is written */
    uint64_t written;                    /* of current's bytes */
    int source_fd;
    bool ended;
    int failed; /* negative errno: for every later read */
};

/* Copies all that it points to, and puts it at the end; NULL: out of memory. */
struct tarball_entry *tarball_append(struct tarball *tarball, const struct tarball_entry *entry);

#endif
