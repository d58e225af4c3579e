/* SPDX-License-Identifier: Apache-2.0 */
/* Lets the n-th allocation of the program under test fail.  Link with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=reallocarray,--wrap=strdup,--wrap=strndup:
 * then calls from the objects of this program come here, those inside of shared
 * libraries do not. */
#ifndef MAPS_TESTS_FAILING_ALLOCATIONS_H
#define MAPS_TESTS_FAILING_ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* The allocation after `count` further ones fails, once. */
void fail_allocation_after(long count);
/* No allocation fails any more; true if one has failed. */
bool stop_failing_allocations(void);

/* For libraries that take an allocator. */
void *failing_malloc(size_t size);

#endif
