/* SPDX-License-Identifier: Apache-2.0 */
/* An output folder as one tar archive, made while it is read: regular files and folders, sorted,
 * never through a link.  Files get mode 0644 or 0755 and folders 0755, all of them owner 0: the
 * modes and owners that a script chose are no use elsewhere.
 *
 * The script may still be running, and the job may be deleted meanwhile.  Each file is as long as
 * it is when its turn comes: what it grows by after that is left out, and if it shrinks, reading
 * fails.  Nothing is ever padded.  An archive that has been read to its end holds what its folder
 * held. */
#ifndef MAPS_HOST_JOB_OUTPUT_ARCHIVE_H
#define MAPS_HOST_JOB_OUTPUT_ARCHIVE_H

#include <stddef.h>
#include <sys/types.h>

struct output_archive;
/* output_fd: the folder; passes on, also on failure.  NULL: out of memory. */
struct output_archive *output_archive_new(int output_fd);
/* The next bytes: > 0; 0 at the end; or -errno, now and ever after: -ESTALE if a file shrank or
 * the folder was removed, -ELOOP and -ENAMETOOLONG for what an archive cannot hold. */
ssize_t output_archive_read(struct output_archive *archive, char *buffer, size_t size);
void output_archive_free(struct output_archive *archive); /* NULL is fine */

#endif
