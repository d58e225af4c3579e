/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the C API: what its files share. */
#ifndef MAPS_HOST_CAPI_PARTS_H
#define MAPS_HOST_CAPI_PARTS_H

#include "base/error.h"

#include <maps_backend.h>

struct maps_cancel {
    int fd; /* eventfd: readable once it was requested */
};

/* The negative errno value of an error; hands its sentence over and frees it.  NULL: 0. */
int api_result(struct error *err, char **error);
/* Copies a size-stamped struct into own, of own_size bytes, which becomes zero where theirs is
 * shorter.  An error if theirs is longer and says more than we know. */
MUST_CHECK struct error *api_copy(void *own, size_t own_size, const void *theirs);
/* The folder of programs that belongs to this library, or to the program it is linked into;
 * caller frees; NULL: out of memory, or unknown. */
char *api_executable_dir(void);

#endif
