/* SPDX-License-Identifier: Apache-2.0 */
#include "paths.h"

#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ID_LENGTH = 64 };

static size_t length_without_slashes(const char *path)
{
    size_t length = strlen(path);

    while (length > 0 && path[length - 1] == '/')
        length--;
    return length;
}

bool path_map_add(struct path_map *map, const char *here, const char *there)
{
    struct path_pair *pairs = realloc(map->pairs, (map->count + 1) * sizeof(*pairs));

    if (pairs == NULL)
        return false;
    map->pairs = pairs;
    pairs[map->count].here = strndup(here, length_without_slashes(here));
    pairs[map->count].there = strndup(there, length_without_slashes(there));
    map->count++;
    return pairs[map->count - 1].here != NULL && pairs[map->count - 1].there != NULL;
}

void path_map_clear(struct path_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->pairs[i].here);
        free(map->pairs[i].there);
    }
    free(map->pairs);
    *map = (struct path_map){ 0 };
}

static bool covers(const char *folder, const char *path)
{
    size_t length = strlen(folder);

    return strncmp(folder, path, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

char *path_map_find(const struct path_map *map, const char *path)
{
    const struct path_pair *best = NULL;

    for (size_t i = 0; i < map->count; i++) {
        const struct path_pair *pair = &map->pairs[i];

        if (covers(pair->here, path) && (best == NULL || strlen(pair->here) > strlen(best->here)))
            best = pair;
    }
    if (best != NULL)
        return text_format("%s%s", best->there, path + strlen(best->here));
    if (map->whole)
        return strdup(path);
    errno = ENOENT;
    return NULL;
}

bool own_container_id(const char *mountinfo, char *id)
{
    static const char marker[] = "containers/"; /* docker/containers/, overlay-containers/ */

    for (const char *found = mountinfo; (found = strstr(found, marker)) != NULL;) {
        found += sizeof(marker) - 1;
        if (strspn(found, "0123456789abcdef") != ID_LENGTH)
            continue;
        memcpy(id, found, ID_LENGTH);
        id[ID_LENGTH] = '\0';
        return true;
    }
    return false;
}
