/* SPDX-License-Identifier: Apache-2.0 */
/* Tar archives to and from an engine that does not share our files, by libarchive. */
#ifndef MAPS_PLUGINS_COMMON_TARBALL_H
#define MAPS_PLUGINS_COMMON_TARBALL_H

#include "fault.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- making one: entries are added, then the bytes are read ---- */

struct tarball;
struct tarball *tarball_new(void); /* NULL: out of memory */
void tarball_free(struct tarball *tarball);

/* All return 0 or -errno with a fault.  path: inside the archive, relative, without "..".
 * Parent folders are for the caller to add first.  Bytes and paths are copied. */
int tarball_add_folder(struct tarball *tarball, const char *path, mode_t mode, uid_t uid, gid_t gid,
                       struct fault *fault);
int tarball_add_bytes(struct tarball *tarball, const char *path, mode_t mode, uid_t uid, gid_t gid,
                      const void *bytes, size_t length, struct fault *fault);
/* A regular file, read when the archive is read.  -ESTALE then if its size changed. */
int tarball_add_file(struct tarball *tarball, const char *path, mode_t mode, uid_t uid, gid_t gid,
                     const char *source, struct fault *fault);
/* All regular files and folders below source (not through links), as path/...; files get mode
 * 0644 and folders 0755, uid and gid 0.  Anything else is passed over. */
int tarball_add_tree(struct tarball *tarball, const char *path, const char *source,
                     struct fault *fault);
/* The next bytes of the archive: > 0, 0 at its end, or -errno.  Constant memory whatever the
 * files' sizes.  Fits http_request.read_body with the tarball as context. */
long tarball_read(void *tarball, void *buffer, size_t size);

/* ---- taking one apart, safely: it comes from a hostile script ---- */

struct tarball_limits {
    uint64_t bytes;   /* of all files together; 0: no limit */
    uint64_t entries; /* in the archive, and folders made on the way; 0: no limit */
};

struct untar;
/* Entries "<strip>/a/b" become dir_fd/a/b; strip "" keeps names.  Regular files and folders
 * only, made below dir_fd and never through a link; links, devices, FIFOs, absolute names, ".."
 * and what is deeper than 63 names are passed over.  Files get mode 0600 & folders 0700 plus
 * what the entry says (& 0777).  An entry that is there already is replaced.  dir_fd stays the
 * caller's, and open until untar_free.  NULL: out of memory, descriptors or threads. */
struct untar *untar_new(int dir_fd, const char *strip, const struct tarball_limits *limits);
/* Takes the next bytes and makes files of them: 0, or -errno; -EDQUOT once a limit is passed
 * (what is there by then stays there).  May return an error of earlier bytes.  Fits
 * http_request.take_body with the untar as context. */
int untar_write(void *untar, const void *bytes, size_t length);
/* After the last bytes, or a failed write for its sentence: 0, -EBADMSG if the archive was cut off
 * or damaged, or -errno. */
int untar_finish(struct untar *untar, struct fault *fault);
void untar_free(struct untar *untar);

#endif
