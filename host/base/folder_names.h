/* SPDX-License-Identifier: Apache-2.0 */
/* The names in one folder, sorted by their bytes. */
#ifndef MAPS_HOST_BASE_FOLDER_NAMES_H
#define MAPS_HOST_BASE_FOLDER_NAMES_H

#include <dirent.h>
#include <stddef.h>

struct folder_names {
    char *bytes; /* each ends with NUL */
    const char **sorted;
    size_t count;
};

/* From where `dir` stands to its end, without "." and "..".  0 or -errno; *names is to be cleared
 * in any case. */
int folder_names_read(DIR *dir, struct folder_names *names);
void folder_names_clear(struct folder_names *names);

#endif
