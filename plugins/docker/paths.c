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
    if (best != NULL) {
        const char *rest = path + strlen(best->here);

        return text_format("%s%s", best->there,
                           best->there[0] == '\0' && *rest == '\0' ? "/" : rest);
    }
    if (map->whole)
        return strdup(path);
    errno = ENOENT;
    return NULL;
}

/* A line of mountinfo begins: id parent device root mount-point. */
static const char *skip_fields(const char *line, int count)
{
    for (; count > 0; count--) {
        line += strcspn(line, " \n");
        line += *line == ' ';
    }
    return line;
}

/* The engine makes these from files that it keeps with the container.  Other mounts with such a
 * root may be of other containers: on the machine of the engine, and where its folders are
 * mounted for a purpose. */
static bool is_engines_file(const char *mount_point)
{
    static const char *const files[] = { "/etc/hostname ", "/etc/hosts ", "/etc/resolv.conf " };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strncmp(mount_point, files[i], strlen(files[i])) == 0)
            return true;
    }
    return false;
}

/* The id in ".../docker/containers/ID/..." or ".../overlay-containers/ID/..." before end. */
static const char *find_id(const char *root, const char *end)
{
    static const char marker[] = "containers/";

    while ((root = strstr(root, marker)) != NULL && root < end) {
        root += sizeof(marker) - 1;
        if (strspn(root, "0123456789abcdef") == ID_LENGTH)
            return root;
    }
    return NULL;
}

bool own_container_id(const char *mountinfo, char *id)
{
    for (const char *line = mountinfo; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *root = skip_fields(line, 3), *mount_point = skip_fields(root, 1);
        const char *found = is_engines_file(mount_point) ? find_id(root, mount_point) : NULL;

        if (found != NULL) {
            memcpy(id, found, ID_LENGTH);
            id[ID_LENGTH] = '\0';
            return true;
        }
    }
    return false;
}
