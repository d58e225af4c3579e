/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of whole files: shared extents where the filesystem can, holes stay holes. */
#ifndef MAPS_HOST_JOB_FILE_COPY_H
#define MAPS_HOST_JOB_FILE_COPY_H

#include <stdbool.h>
#include <stdint.h>

/* Asked between pieces; true ends the copy with -ECANCELED.  NULL: never. */
typedef bool (*copy_stop_fn)(void *context);

/* Copies at most `size` bytes from the beginning of a regular file to an empty one.  0 or -errno.
 */
int file_copy(int from_fd, int to_fd, uint64_t size, copy_stop_fn stop, void *context);

#endif
