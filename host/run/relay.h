/* SPDX-License-Identifier: Apache-2.0 */
/* What the script prints, on our own standard output and error. */
#ifndef MAPS_HOST_RUN_RELAY_H
#define MAPS_HOST_RUN_RELAY_H

#include <stdbool.h>
#include <stddef.h>

struct relay {
    int output_errno; /* why standard output takes no more; 0: it does */
    bool error_failed;
};

/* A maps_log_fn; context is the struct relay.  Nonzero once standard output takes no more. */
int relay_write(void *context, int stream, const void *bytes, size_t length);
/* All of it, also into a pipe that is slow or does not block.  0, or a positive errno value. */
int write_whole(int fd, const void *bytes, size_t length);

#endif
