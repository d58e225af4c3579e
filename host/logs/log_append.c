/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/log_reader.h"

#include <frame.h>

int log_append(int fd, int stream, const void *bytes, size_t length)
{
    const char *next = bytes;

    while (length > 0) {
        size_t piece = length < MAPS_FRAME_MAX_BYTES ? length : MAPS_FRAME_MAX_BYTES;
        int error = frame_append(fd, stream, next, piece);

        if (error != 0)
            return error;
        next += piece;
        length -= piece;
    }
    return 0;
}
