/* SPDX-License-Identifier: Apache-2.0 */
/* How a job ended, as its supervisor leaves it in the runtime folder: lines "key=value". */
#ifndef MAPS_SANDBOX_RESULT_H
#define MAPS_SANDBOX_RESULT_H

#include "verdict.h"

#include <stdbool.h>
#include <stddef.h>

#define RESULT_FILE "result"

/* Keeps control characters out of the message; returns the length. */
size_t result_format(const struct result *result, char *text, size_t size);
/* Cuts text up. */
bool result_parse(char *text, size_t length, struct result *result);

/* On disk when it returns.  0 or -errno. */
int result_write(int runtime_fd, const struct result *result);
/* 0; -ENOENT if there is none of that attempt; -errno. */
int result_read(int runtime_fd, uint32_t attempt, struct result *result);

#endif
