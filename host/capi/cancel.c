/* SPDX-License-Identifier: Apache-2.0 */
/* The C API: the wish to cancel. */
#include "capi/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

MAPS_BACKEND_API struct maps_cancel *maps_cancel_new(void)
{
    struct maps_cancel *cancel = malloc(sizeof(*cancel));

    if (cancel == NULL)
        return NULL;
    cancel->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (cancel->fd >= 0)
        return cancel;
    free(cancel);
    return NULL;
}

MAPS_BACKEND_API void maps_cancel_request(struct maps_cancel *cancel)
{
    const uint64_t one = 1;
    int before = errno; /* of whoever a signal handler has interrupted */

    /* it fails only if it was requested 2^64 times */
    ssize_t written = write(cancel->fd, &one, sizeof(one));
    (void)written;
    errno = before;
}

MAPS_BACKEND_API void maps_cancel_free(struct maps_cancel *cancel)
{
    if (cancel == NULL)
        return;
    (void)close(cancel->fd);
    free(cancel);
}
