/* SPDX-License-Identifier: Apache-2.0 */
#include "capi/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* No struct is that large: it is no size. */
enum { STRUCT_MAX_BYTES = 65536 };

MAPS_BACKEND_API const char *maps_backend_version(void)
{
    return MAPS_VERSION;
}

MAPS_BACKEND_API void maps_free(void *text)
{
    free(text);
}

static int errno_of(enum error_kind kind)
{
    switch (kind) {
    case ERROR_MALFORMED:
    case ERROR_INVALID:
    case ERROR_NOT_FOUND:
    case ERROR_FORBIDDEN:
        return -EINVAL;
    case ERROR_TOO_LARGE:
        return -E2BIG;
    case ERROR_CONFLICT:
        return -EEXIST;
    case ERROR_BUSY:
    case ERROR_UNAVAILABLE:
        return -EAGAIN;
    case ERROR_STORAGE:
        return -ENOSPC;
    default:
        return -EIO;
    }
}

int api_result(struct error *err, char **error)
{
    int result = err == NULL ? 0 : errno_of(err->kind);

    if (error != NULL)
        *error = err == NULL ? NULL : strdup(err->message);
    error_free(err);
    return result;
}

struct error *api_copy(void *own, size_t own_size, const void *theirs)
{
    size_t size;

    memset(own, 0, own_size);
    if (theirs == NULL)
        return NULL;
    memcpy(&size, theirs, sizeof(size));
    if (size < sizeof(size) || size > STRUCT_MAX_BYTES)
        return error_new(ERROR_INVALID, NULL,
                         "A struct was passed whose size is not set; set .size to sizeof.");
    for (size_t i = own_size; i < size; i++)
        if (((const char *)theirs)[i] != 0)
            return error_new(ERROR_TOO_LARGE, NULL,
                             "The program asks for something that libmaps-backend " MAPS_VERSION
                             " does not know yet; install a newer one.");
    memcpy(own, theirs, size < own_size ? size : own_size);
    return NULL;
}
