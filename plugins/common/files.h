/* SPDX-License-Identifier: Apache-2.0 */
/* Small files, descriptors and paths: what plugin and supervisor do with them. */
#ifndef MAPS_PLUGINS_COMMON_FILES_H
#define MAPS_PLUGINS_COMMON_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

void fd_cleanup(int *fd);
void text_cleanup(char **text);
#define FD_AUTO __attribute__((cleanup(fd_cleanup))) int
#define TEXT_AUTO __attribute__((cleanup(text_cleanup))) char *

/* Reads to the end, at most size - 1 bytes, and ends them with NUL.  The length, or -errno;
 * -EFBIG if there is more. */
ssize_t file_read_fd(int fd, char *buffer, size_t size);
/* The same for a file in a folder; not through a symbolic link. */
ssize_t file_read_at(int dir_fd, const char *name, char *buffer, size_t size);
/* Writes "<name>.tmp" and renames it.  durable: on disk when this returns.  0 or -errno. */
int file_replace_at(int dir_fd, const char *name, const char *bytes, size_t length, bool durable);
/* Writes into a file that is there already, in one write(2).  0 or -errno. */
int file_write(const char *path, const char *text);
/* The whole of a file of unknown size (/proc), malloc'ed and NUL-terminated; NULL with errno. */
char *file_slurp(const char *path);

/* malloc'ed; NULL: out of memory. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Milliseconds of CLOCK_BOOTTIME: goes on while the machine sleeps, never jumps. */
long long boottime_ms(void);
void pause_ms(long milliseconds);

#endif
