/* SPDX-License-Identifier: Apache-2.0 */
/* Text that a script or a client wrote, made fit for a JSON document. */
#ifndef MAPS_HOST_JOB_UTF8_REPAIR_H
#define MAPS_HOST_JOB_UTF8_REPAIR_H

#include <stddef.h>

/* A copy in which each byte that is not part of valid UTF-8, and each NUL, is U+FFFD.
 * NUL-terminated, malloc'ed; NULL: out of memory. */
char *utf8_repair(const char *text, size_t length);

#endif
