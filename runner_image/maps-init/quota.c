/* SPDX-License-Identifier: Apache-2.0 */
#include "quota.h"

#include "instant.h"
#include "tree_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

enum {
    INTERVAL_MS = 250,
    COST_FACTOR = 20 /* looking may take 1/20 of the time at most */
};

void quota_init(struct quota *quota, const char *folder, uint64_t max_bytes, int64_t now_ms)
{
    *quota = (struct quota){ -1, max_bytes, INSTANT_NEVER };
    if (max_bytes == 0)
        return;
    quota->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (quota->folder_fd >= 0)
        quota->next_look_ms = now_ms + INTERVAL_MS;
}

bool quota_exceeded(struct quota *quota, int64_t now_ms, struct sentence *why)
{
    struct tree_usage usage;

    if (quota->next_look_ms == INSTANT_NEVER || now_ms < quota->next_look_ms)
        return false;
    int result = tree_measure(quota->folder_fd, quota->max_bytes, 0, &usage);
    int64_t end_ms = instant_monotonic_ms();
    int64_t pause_ms = (end_ms - now_ms) * COST_FACTOR;

    quota->next_look_ms = end_ms + (pause_ms > INTERVAL_MS ? pause_ms : INTERVAL_MS);
    if (result == -ELOOP) {
        (void)sentence_set(why, "The output folder is nested deeper than %d levels.",
                           TREE_MAX_DEPTH);
        return true;
    }
    if (result != 0 || usage.bytes <= quota->max_bytes)
        return false;
    (void)sentence_set(why, "The output folder holds more than disk_bytes = %" PRIu64 " bytes.",
                       quota->max_bytes);
    return true;
}
