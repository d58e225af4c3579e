/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include "frame.h"

size_t output_accept(struct output *output, int stream, const void *bytes, size_t length)
{
    uint64_t room = output->cap_bytes - output->accepted_bytes;
    size_t accepted = output->cap_bytes > 0 && length > room ? (size_t)room : length;

    if (accepted < length)
        output->over_cap = true;
    output->accepted_bytes += accepted;
    if (output->log_fd < 0 || accepted == 0)
        return accepted;
    int error = frame_append(output->log_fd, stream, bytes, accepted);

    if (error == 0) {
        output->log_bytes += accepted;
        return accepted;
    }
    /* The disk may have room again later: the script goes on, and the record tells. */
    output->log_lost_bytes += accepted;
    if (output->log_errno == 0)
        output->log_errno = -error;
    return accepted;
}
