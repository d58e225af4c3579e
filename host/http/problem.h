/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as application/problem+json (RFC 9457).  Pure. */
#ifndef MAPS_HOST_HTTP_PROBLEM_H
#define MAPS_HOST_HTTP_PROBLEM_H

#include "base/error.h"

#define PROBLEM_TYPE "application/problem+json"

/* The one table from kinds of errors to statuses. */
unsigned problem_status(enum error_kind kind);
/* "Not Found" */
const char *problem_title(unsigned status);
/* {"type", "title", "status", "detail", "field"?}; malloc'ed; NULL: out of memory. */
char *problem_text(unsigned status, const struct error *err);

#endif
