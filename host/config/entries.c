/* SPDX-License-Identifier: Apache-2.0 */
#include "config/entries.h"

#include <string.h>

void entries_add(struct entries *entries, struct pool *pool, const struct entry *entry)
{
    struct entry *items = pool_grow(pool, entries->items, entries->count, sizeof(*items));

    /* After a failed allocation entries may lack their text. */
    if (items == NULL || pool->failed)
        return;
    entries->items = items;
    entries->items[entries->count++] = *entry;
}

struct entry *entries_find(const struct entries *entries, enum layer layer, const char *path)
{
    for (size_t i = entries->count; i > 0; i--) {
        struct entry *entry = &entries->items[i - 1];
        if (entry->origin.layer == layer && strcmp(entry->path, path) == 0)
            return entry;
    }
    return NULL;
}
