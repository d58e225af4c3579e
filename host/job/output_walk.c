/* SPDX-License-Identifier: Apache-2.0 */
#include "job/output_walk.h"

#include "base/folder_names.h"
#include "job/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A folder that the walk is in. */
struct level {
    DIR *dir;
    struct folder_names names;
    size_t next;        /* of the names */
    size_t path_length; /* of the walk's path up to here, with a slash at its end */
};

struct output_walk {
    int top_fd;
    bool entered; /* the top */
    bool below;   /* the last entry is a folder: its own entries are next */
    unsigned depth;
    struct level levels[TREE_MAX_DEPTH];
    char path[PATH_MAX];
};

struct output_walk *output_walk_new(int top_fd)
{
    struct output_walk *walk = calloc(1, sizeof(*walk));

    if (walk != NULL)
        walk->top_fd = top_fd;
    return walk;
}

static struct level *lowest(struct output_walk *walk)
{
    return &walk->levels[walk->depth - 1];
}

static void leave(struct output_walk *walk)
{
    struct level *level = lowest(walk);

    tree_close_dir(&level->dir);
    folder_names_clear(&level->names);
    walk->depth--;
}

void output_walk_free(struct output_walk *walk)
{
    while (walk != NULL && walk->depth > 0)
        leave(walk);
    free(walk);
}

static int enter(struct output_walk *walk, int parent_fd, const char *name, size_t path_length)
{
    struct level *level = &walk->levels[walk->depth];

    level->dir = tree_open_dir(parent_fd, name);
    if (level->dir == NULL)
        return -errno;
    level->next = 0;
    level->path_length = path_length;
    walk->depth++;
    return folder_names_read(level->dir, &level->names);
}

static int enter_last(struct output_walk *walk)
{
    const struct level *level = lowest(walk);
    size_t length = strlen(walk->path);

    if (walk->depth == TREE_MAX_DEPTH)
        return -ELOOP;
    walk->path[length] = '/';
    int rc = enter(walk, dirfd(level->dir), level->names.sorted[level->next - 1], length + 1);

    /* It may be gone by now, or be something else, or a link. */
    return rc == -ENOENT || rc == -ENOTDIR || rc == -ELOOP ? 0 : rc;
}

static int look_at(struct output_walk *walk, struct walk_entry *entry)
{
    struct level *level = lowest(walk);
    const char *name = level->names.sorted[level->next++];
    size_t length = strlen(name);

    if (level->path_length + length + 2 > sizeof(walk->path)) /* with a slash after it */
        return -ENAMETOOLONG;
    memcpy(walk->path + level->path_length, name, length + 1);
    *entry = (struct walk_entry){ walk->path, dirfd(level->dir), name, { 0 } };
    if (fstatat(entry->folder_fd, name, &entry->status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : -errno;
    walk->below = S_ISDIR(entry->status.st_mode);
    return 1;
}

int output_walk_next(struct output_walk *walk, struct walk_entry *entry)
{
    int rc = 0;

    if (!walk->entered) {
        walk->entered = true;
        rc = enter(walk, walk->top_fd, ".", 0);
    } else if (walk->below) {
        walk->below = false;
        rc = enter_last(walk);
    }
    while (rc == 0 && walk->depth > 0) {
        if (lowest(walk)->next < lowest(walk)->names.count)
            rc = look_at(walk, entry);
        else
            leave(walk);
    }
    return rc;
}
