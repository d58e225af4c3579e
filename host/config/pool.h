/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives and dies together.  A failed allocation is remembered, so that
 * callers may go on with NULL and ask once, at the end. */
#ifndef MAPS_HOST_CONFIG_POOL_H
#define MAPS_HOST_CONFIG_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool_block;
struct pool {
    struct pool_block *blocks;
    bool failed; /* some allocation has failed */
};

/* Zeroed; NULL on failure. */
void *pool_alloc(struct pool *pool, size_t bytes);
/* NULL for NULL. */
char *pool_copy(struct pool *pool, const char *text);
char *pool_copy_bytes(struct pool *pool, const char *bytes, size_t length);
char *pool_format(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The array with room for one item more than its `count`, or NULL. */
void *pool_grow(struct pool *pool, void *array, size_t count, size_t item_bytes);
void pool_free(struct pool *pool);

#endif
