/* SPDX-License-Identifier: Apache-2.0 */
#include "tree_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { OPEN_DIR = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

struct walk {
    tree_visit_fn visit;
    void *context;
    bool stopped;
    char path[PATH_MAX];
};

void tree_close_dir(DIR **dir)
{
    if (*dir != NULL)
        (void)closedir(*dir);
}

bool tree_is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

void tree_unlock_dir(int parent_fd, const char *name)
{
    if (fchmodat(parent_fd, name, 0700, AT_SYMLINK_NOFOLLOW) != 0)
        return;
}

DIR *tree_open_dir(int parent_fd, const char *name)
{
    int fd = openat(parent_fd, name, OPEN_DIR);

    if (fd < 0 && errno == EACCES) {
        tree_unlock_dir(parent_fd, name);
        fd = openat(parent_fd, name, OPEN_DIR);
    }
    if (fd < 0)
        return NULL;
    DIR *dir = fdopendir(fd);
    if (dir == NULL)
        (void)close(fd);
    return dir;
}

static int walk_dir(struct walk *walk, DIR *dir, size_t used, int depth);

static int walk_entry(struct walk *walk, int dir_fd, const char *name, size_t used, int depth)
{
    struct stat st;
    size_t length = strlen(name);

    if (used + length + 2 > sizeof(walk->path))
        return -ELOOP;
    memcpy(walk->path + used, name, length + 1);
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if (!walk->visit(walk->context, walk->path, &st)) {
        walk->stopped = true;
        return 0;
    }
    if (!S_ISDIR(st.st_mode))
        return 0;
    if (depth >= TREE_MAX_DEPTH)
        return -ELOOP;
    TREE_DIR_AUTO sub = tree_open_dir(dir_fd, name);
    if (sub == NULL)
        return 0;
    walk->path[used + length] = '/';
    return walk_dir(walk, sub, used + length + 1, depth + 1);
}

static int walk_dir(struct walk *walk, DIR *dir, size_t used, int depth)
{
    const struct dirent *entry;

    while (!walk->stopped && (entry = readdir(dir)) != NULL) {
        if (tree_is_dot(entry->d_name))
            continue;
        int result = walk_entry(walk, dirfd(dir), entry->d_name, used, depth);
        if (result != 0)
            return result;
    }
    return 0;
}

int tree_walk(int top_fd, tree_visit_fn visit, void *context)
{
    struct walk walk = { .visit = visit, .context = context };
    TREE_DIR_AUTO dir = tree_open_dir(top_fd, ".");

    if (dir == NULL)
        return -errno;
    return walk_dir(&walk, dir, 0, 1);
}

struct measure {
    struct tree_usage *usage;
    uint64_t max_bytes, max_entries;
};

static bool measure_entry(void *context, const char *path, const struct stat *st)
{
    struct measure *measure = context;

    (void)path;
    measure->usage->entries++;
    measure->usage->bytes += (uint64_t)st->st_blocks * 512u;
    return (measure->max_bytes == 0 || measure->usage->bytes <= measure->max_bytes) &&
           (measure->max_entries == 0 || measure->usage->entries <= measure->max_entries);
}

int tree_measure(int top_fd, uint64_t max_bytes, uint64_t max_entries, struct tree_usage *usage)
{
    struct measure measure = { usage, max_bytes, max_entries };

    *usage = (struct tree_usage){ 0, 0 };
    return tree_walk(top_fd, measure_entry, &measure);
}
