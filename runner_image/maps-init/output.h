/* SPDX-License-Identifier: Apache-2.0 */
/* Where the script's output goes: counted against the cap, then into the log. */
#ifndef MAPS_INIT_OUTPUT_H
#define MAPS_INIT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
    int log_fd;         /* -1: no log, only pass-through */
    uint64_t cap_bytes; /* 0: none */
    uint64_t accepted_bytes;
    bool over_cap; /* there was more */
    uint64_t log_bytes, log_lost_bytes;
    int log_errno; /* why the first of them were lost */
};

/* Takes what the cap leaves of these bytes; returns how many those are. */
size_t output_accept(struct output *output, int stream, const void *bytes, size_t length);

#endif
