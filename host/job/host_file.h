/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders of this host that a submission names: opened beneath the folder that the
 * operator allowed and nowhere else.  Links are followed as long as they stay beneath it.  What
 * belongs to this host's own data folder is never opened.  Blocks on the disk. */
#ifndef MAPS_HOST_JOB_HOST_FILE_H
#define MAPS_HOST_JOB_HOST_FILE_H

#include "job/host_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Opens what the path names: a regular file or a folder, for reading; what it is, in *st.
 * ERROR_INVALID with the field if there is none, or it leads out, or is something else. */
MUST_CHECK struct error *host_file_open(const struct host_path *path, const char *data_dir, int *fd,
                                        struct stat *st);

/* The same for a file whose whole text is wanted: malloc'ed, with a NUL that does not count.
 * ERROR_TOO_LARGE beyond most_bytes (http.max_body_bytes). */
MUST_CHECK struct error *host_file_read(const struct host_path *path, const char *data_dir,
                                        uint64_t most_bytes, char **text, size_t *length);

/* Opens the folder at the path for what is to be written there.  If there is none yet: the one it
 * is to be made in, and its name in *missing (else NULL), which points into the path.  The host may
 * write there, now. */
MUST_CHECK struct error *host_folder_open(const struct host_path *path, const char *data_dir,
                                          int *fd, const char **missing);

/* Whether this open folder is the data folder. */
bool host_folder_is(int fd, const char *data_dir);

#endif
