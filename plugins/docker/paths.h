/* SPDX-License-Identifier: Apache-2.0 */
/* From our paths to the engine's: where the host itself runs in a container, a folder of ours is
 * another one on the machine of the engine, which is what it wants to be told.  Pure. */
#ifndef MAPS_DOCKER_PATHS_H
#define MAPS_DOCKER_PATHS_H

#include <stdbool.h>
#include <stddef.h>

struct path_map {
    struct path_pair {
        char *here, *there;
    } * pairs;
    size_t count;
    bool whole; /* what no pair covers is the same there: we are not in a container */
};

/* false: out of memory. */
bool path_map_add(struct path_map *map, const char *here, const char *there);
void path_map_clear(struct path_map *map);
/* The path as the engine knows it, malloc'ed; NULL with errno ENOENT if it cannot know it, or
 * ENOMEM.  The longest pair that covers it counts; of two alike, the one added first. */
char *path_map_find(const struct path_map *map, const char *path);

/* The id of the container that this process runs in, from the text of /proc/self/mountinfo: 64
 * digits, in a buffer of 65; false if it names none. */
bool own_container_id(const char *mountinfo, char *id);

#endif
