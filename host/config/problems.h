/* SPDX-License-Identifier: Apache-2.0 */
/* The mistakes found so far, each with its place. */
#ifndef MAPS_HOST_CONFIG_PROBLEMS_H
#define MAPS_HOST_CONFIG_PROBLEMS_H

#include "config/config.h"
#include "config/entries.h"

struct problems {
    struct pool *pool;
    struct config_problem *items;
    size_t count;
};

/* The file, "environment", "command line", or "configuration" for what nobody wrote. */
const char *problem_place(const struct origin *origin);
void problem_add(struct problems *problems, const struct origin *origin, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void problem_warn(struct problems *problems, const struct origin *origin, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* True if one of them is more than a warning. */
bool problems_fatal(const struct problems *problems);

/* An independent list with the same problems. */
struct problems problems_copy(const struct problems *problems);
/* By file and line, as a person goes through them. */
void problems_sort(struct problems *problems);

#endif
