/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine says while it pulls an image: lines of JSON, one for each step of each layer.
 * Pure. */
#ifndef MAPS_DOCKER_PULL_PROGRESS_H
#define MAPS_DOCKER_PULL_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

enum { PULL_LAYERS_MAX = 128, PULL_LINE_MAX = 4096 };

struct pull_progress {
    char line[PULL_LINE_MAX];
    size_t line_length;
    struct pull_layer {
        char id[16];
        uint64_t have, total;
    } layers[PULL_LAYERS_MAX];
    size_t layer_count;
    char error[300]; /* why it failed, in the registry's words; "" */
};

/* The next bytes, cut anywhere.  A line that is too long is passed over. */
void pull_progress_take(struct pull_progress *progress, const void *bytes, size_t length);
/* Of what is known to be downloaded, 0 to 100. */
int pull_progress_percent(const struct pull_progress *progress);

#endif
