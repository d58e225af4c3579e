/* SPDX-License-Identifier: Apache-2.0 */
/* A cap on what a folder holds, kept by looking at it now and then. */
#ifndef MAPS_INIT_QUOTA_H
#define MAPS_INIT_QUOTA_H

#include "sentence.h"

#include <stdint.h>

struct quota {
    int folder_fd;
    uint64_t max_bytes;
    int64_t next_look_ms; /* monotonic; INSTANT_NEVER: there is no cap */
};

/* max_bytes: 0 for none.  A folder that cannot be opened has none either. */
void quota_init(struct quota *quota, const char *folder, uint64_t max_bytes, int64_t now_ms);
/* Looks if it is time to; true with the sentence if the folder holds too much. */
bool quota_exceeded(struct quota *quota, int64_t now_ms, struct sentence *why);

#endif
