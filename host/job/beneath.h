/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what lies beneath a folder, and never anything else, whoever changes the tree
 * meanwhile. */
#ifndef MAPS_HOST_JOB_BENEATH_H
#define MAPS_HOST_JOB_BENEATH_H

#include <stdint.h>
#include <sys/stat.h>

/* Whether symbolic links are followed; also then they may not lead out. */
enum beneath { BENEATH_NO_LINKS, BENEATH_LINKS };

/* openat2 with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS; path is relative.  flags: as for
 * open, without O_CREAT.  Never blocks on a FIFO, never takes a terminal.  A descriptor, or -errno:
 * -EXDEV where it would lead out, -ELOOP where a link is in the way, -ENOSYS or -EPERM where there
 * is no openat2. */
int open_beneath(int dir_fd, const char *path, uint64_t flags, enum beneath links);

/* The same for reading what is a regular file or a folder, which *st then tells.  Nothing else is
 * opened at all (devices may act on that): -ENODEV. */
int open_beneath_plain(int dir_fd, const char *path, enum beneath links, struct stat *st);

#endif
