/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of this host in a submission: which of the operator's folders one lies below.
 * Policy, no I/O: whether it leads out of that folder shows when it is opened (host_file.h). */
#ifndef MAPS_HOST_JOB_HOST_PATH_H
#define MAPS_HOST_JOB_HOST_PATH_H

#include "base/error.h"
#include "config/settings.h"

struct host_path {
    const char *field; /* of the submission, "script_path", for messages */
    const char *path;  /* absolute */
    const char *root;  /* the operator's folder */
    const char *rest;  /* the path below it; "." for the folder itself */
};

/* field: script_path, request_path and input_path go by jobs.readable_paths, output_path by
 * jobs.writable_paths; the deepest of the folders counts.  ERROR_INVALID with the field if the path
 * is not absolute and plain (no ".", "..", or empty part), or lies below none of them.
 * *found points into all three arguments. */
MUST_CHECK struct error *host_path_find(const struct settings *settings, const char *field,
                                        const char *path, struct host_path *found);

/* A copy without slashes at its end, malloc'ed; NULL: out of memory. */
char *host_path_copy(const char *path);

#endif
