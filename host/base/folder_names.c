/* SPDX-License-Identifier: Apache-2.0 */
#include "base/folder_names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int add_name(struct folder_names *names, const char *name, size_t *used, size_t *room)
{
    size_t length = strlen(name) + 1;

    if (*used + length > *room) {
        size_t larger = (*used + length) * 2;
        char *bytes = realloc(names->bytes, larger);

        if (bytes == NULL)
            return -ENOMEM;
        names->bytes = bytes;
        *room = larger;
    }
    memcpy(names->bytes + *used, name, length);
    *used += length;
    names->count++;
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int sort(struct folder_names *names)
{
    const char *name = names->bytes;

    if (names->count == 0)
        return 0;
    names->sorted = calloc(names->count, sizeof(*names->sorted));
    if (names->sorted == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < names->count; i++) {
        names->sorted[i] = name;
        name += strlen(name) + 1;
    }
    qsort(names->sorted, names->count, sizeof(*names->sorted), by_bytes);
    return 0;
}

int folder_names_read(DIR *dir, struct folder_names *names)
{
    const struct dirent *entry;
    size_t used = 0, room = 0;
    int rc = 0;

    memset(names, 0, sizeof(*names));
    while (rc == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
        if (!is_dot(entry->d_name))
            rc = add_name(names, entry->d_name, &used, &room);
    }
    if (rc == 0 && errno != 0)
        rc = -errno;
    return rc == 0 ? sort(names) : rc;
}

void folder_names_clear(struct folder_names *names)
{
    free(names->bytes);
    free(names->sorted);
    memset(names, 0, sizeof(*names));
}
