/* SPDX-License-Identifier: Apache-2.0 */
/* Takes an archive apart as it comes from a socket. */
#ifndef MAPS_PLUGINS_COMMON_UNTAR_EXTRACT_H
#define MAPS_PLUGINS_COMMON_UNTAR_EXTRACT_H

#include "tarball.h"

struct extract {
    int dir_fd, source_fd;
    const char *strip;
    struct tarball_limits limits;
    struct fault fault; /* why it failed */

    uint64_t bytes, entries; /* made so far */
    uint64_t zeros;          /* in a row at the end of what came: an archive ends with 1024 */
    char buffer[16384];
};

/* Until the source's end: 0, or a negative errno with the fault. */
int extract_run(struct extract *extract);

#endif
