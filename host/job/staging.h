/* SPDX-License-Identifier: Apache-2.0 */
/* Files on their way into a job: numbered, in a folder of their own below
 * <data_dir>/incoming/.  One thread at a time; blocks on the disk. */
#ifndef MAPS_HOST_JOB_STAGING_H
#define MAPS_HOST_JOB_STAGING_H

#include "base/error.h"

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

struct staging;

/* Makes the folder; incoming_fd must outlive it. */
MUST_CHECK struct error *staging_new(int incoming_fd, struct staging **staging);
/* Removes the folder with what is still in it.  NULL is fine. */
void staging_free(struct staging *staging);

/* Opens the next file, writes to it, closes it.  ERROR_STORAGE if the disk is full. */
MUST_CHECK struct error *staging_begin(struct staging *staging);
MUST_CHECK struct error *staging_write(struct staging *staging, const char *bytes, size_t length);
/* The file that is open, for who writes to it directly (then length and digest mean nothing). */
int staging_fd(const struct staging *staging);
MUST_CHECK struct error *staging_end(struct staging *staging, uint64_t *length,
                                     uint8_t digest[static SHA256_DIGEST_SIZE]);
/* Where the file that was opened last lies, below incoming/; malloc'ed; NULL: out of memory. */
char *staging_name(const struct staging *staging);

#endif
