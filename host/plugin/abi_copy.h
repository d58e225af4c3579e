/* SPDX-License-Identifier: Apache-2.0 */
/* Structs that cross the border, in the size that their owner compiled: what both sides
 * know is copied, what only we know is zero, what only they know is left out.  Pure. */
#ifndef MAPS_HOST_PLUGIN_ABI_COPY_H
#define MAPS_HOST_PLUGIN_ABI_COPY_H

#include <maps_runtime.h>
#include <stdbool.h>
#include <stddef.h>

/* What each struct had in ABI version 1 from its first day: a smaller one is damaged.
 * These stay as they are when fields are appended. */
#define ABI_END_OF(TYPE, FIELD) (offsetof(TYPE, FIELD) + sizeof(((TYPE *)0)->FIELD))
enum {
    ABI_PLUGIN_MIN_BYTES = ABI_END_OF(struct maps_runtime_plugin, cleanup),
    ABI_OPTION_MIN_BYTES = ABI_END_OF(struct maps_option, max),
    ABI_OUTCOME_MIN_BYTES = ABI_END_OF(struct maps_outcome, message),
    ABI_MAX_BYTES = 65536 /* nobody's struct is that large: it is not a size */
};

bool abi_size_sane(size_t size, size_t min_bytes);

/* Fills `own` (own_bytes, which begins with its size) from `theirs` (likewise). */
void abi_copy(void *own, size_t own_bytes, const void *theirs);

#endif
