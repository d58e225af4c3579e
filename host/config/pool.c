/* SPDX-License-Identifier: Apache-2.0 */
#include "config/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pool_block {
    struct pool_block *next;
    max_align_t bytes[];
};

void *pool_alloc(struct pool *pool, size_t bytes)
{
    struct pool_block *block = calloc(1, sizeof(*block) + bytes);

    if (block == NULL) {
        pool->failed = true;
        return NULL;
    }
    block->next = pool->blocks;
    pool->blocks = block;
    return block->bytes;
}

char *pool_copy_bytes(struct pool *pool, const char *bytes, size_t length)
{
    char *copy = pool_alloc(pool, length + 1);

    if (copy != NULL)
        memcpy(copy, bytes, length);
    return copy;
}

char *pool_copy(struct pool *pool, const char *text)
{
    return text == NULL ? NULL : pool_copy_bytes(pool, text, strlen(text));
}

char *pool_format(struct pool *pool, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        pool->failed = true;
        return NULL;
    }
    char *copy = pool_copy_bytes(pool, text, (size_t)length);
    free(text);
    return copy;
}

void *pool_grow(struct pool *pool, void *array, size_t count, size_t item_bytes)
{
    /* Room is doubled whenever the count reaches a power of two; what the array
     * outgrows stays in the pool, which is short-lived and small. */
    if (count != 0 && (count & (count - 1)) != 0)
        return array;

    void *larger = pool_alloc(pool, (count == 0 ? 1 : 2 * count) * item_bytes);
    if (larger != NULL && count > 0)
        memcpy(larger, array, count * item_bytes);
    return larger;
}

void pool_free(struct pool *pool)
{
    while (pool->blocks != NULL) {
        struct pool_block *block = pool->blocks;
        pool->blocks = block->next;
        free(block);
    }
}
