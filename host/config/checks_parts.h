/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the checks on values.  Private to checks*.c. */
#ifndef MAPS_HOST_CONFIG_CHECKS_PARTS_H
#define MAPS_HOST_CONFIG_CHECKS_PARTS_H

#include "config/config_state.h"

/* The limits that jobs, profiles and the host have in common. */
struct limit_check {
    const char *name;
    double least, most; /* most: only where the type has no range of its own */
    const char *expected;
};
enum { LIMIT_COUNT = 5 };
extern const struct limit_check limit_table[LIMIT_COUNT];

/* What the operator wrote: the key's path, or the variable. */
const char *check_name(const struct resolved *resolved);
/* Where one item of a list is written. */
struct origin check_item_origin(const struct resolved *list, size_t index);

/* What a zero means in `value` decides whether it can be over the bound. */
enum zero { ZERO_IS_UNLIMITED, ZERO_IS_INHERITED };
/* Both are numbers; a bound of 0 is none. */
void check_bound(struct config *config, const struct resolved *value, const struct resolved *bound,
                 enum zero zero);

/* ---- checks_profiles.c ---- */
void check_profiles(struct config *config);

#endif
