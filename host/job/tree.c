/* SPDX-License-Identifier: Apache-2.0 */
#include "job/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPEN_DIR = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

struct walk {
    tree_visit_fn visit;
    void *context;
    bool stopped;
    char path[PATH_MAX];
};

static void close_dir(DIR **dir)
{
    if (*dir != NULL)
        (void)closedir(*dir);
}
#define DIR_AUTO __attribute__((cleanup(close_dir))) DIR *

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Gives the folder's owner all rights on it.  If that fails, so will what needs them. */
static void unlock_dir(int parent_fd, const char *name)
{
    if (fchmodat(parent_fd, name, 0700, AT_SYMLINK_NOFOLLOW) != 0)
        return;
}

/* Opens a folder that its owner may have made unreadable. */
static DIR *open_dir_at(int parent_fd, const char *name)
{
    int fd = openat(parent_fd, name, OPEN_DIR);

    if (fd < 0 && errno == EACCES) {
        unlock_dir(parent_fd, name);
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
    DIR_AUTO sub = open_dir_at(dir_fd, name);
    if (sub == NULL)
        return 0;
    walk->path[used + length] = '/';
    return walk_dir(walk, sub, used + length + 1, depth + 1);
}

static int walk_dir(struct walk *walk, DIR *dir, size_t used, int depth)
{
    const struct dirent *entry;

    while (!walk->stopped && (entry = readdir(dir)) != NULL) {
        if (is_dot(entry->d_name))
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
    DIR_AUTO dir = open_dir_at(top_fd, ".");

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

/* Empties dir_fd of all but non-empty folders; those are moved up into top_fd under
 * fresh names, so that no depth ever needs more than two open folders. */
static int flatten_dir(int top_fd, DIR *dir, unsigned *fresh)
{
    const struct dirent *entry;
    char name[32];

    while ((entry = readdir(dir)) != NULL) {
        if (is_dot(entry->d_name) || unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            continue;
        if (errno != EISDIR && errno != EPERM)
            return -errno;
        if (unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) == 0)
            continue;
        if (errno != ENOTEMPTY && errno != EEXIST)
            return -errno;
        /* moving a folder rewrites its "..", which needs write permission on it */
        unlock_dir(dirfd(dir), entry->d_name);
        do {
            (void)snprintf(name, sizeof(name), "removing-%u", (*fresh)++);
        } while (renameat2(dirfd(dir), entry->d_name, top_fd, name, RENAME_NOREPLACE) != 0 &&
                 errno == EEXIST);
    }
    return 0;
}

/* One pass over the folders directly below top: empties and removes each.
 * 1: there may be more; 0: top is empty. */
static int remove_pass(int top_fd, unsigned *fresh)
{
    DIR_AUTO dir = open_dir_at(top_fd, ".");
    const struct dirent *entry;
    int found = 0;

    if (dir == NULL)
        return -errno;
    while ((entry = readdir(dir)) != NULL) {
        if (is_dot(entry->d_name))
            continue;
        found = 1;
        if (unlinkat(top_fd, entry->d_name, 0) == 0)
            continue;
        unlock_dir(top_fd, entry->d_name);
        DIR_AUTO sub = open_dir_at(top_fd, entry->d_name);
        if (sub == NULL)
            return errno == ENOENT ? 1 : -errno;
        int result = flatten_dir(top_fd, sub, fresh);
        if (result != 0)
            return result;
        if (unlinkat(top_fd, entry->d_name, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY)
            return -errno;
    }
    return found;
}

int tree_remove(int parent_fd, const char *name)
{
    unsigned fresh = 0;
    int result;

    if (unlinkat(parent_fd, name, 0) == 0 || errno == ENOENT)
        return 0;
    unlock_dir(parent_fd, name);
    int top_fd = openat(parent_fd, name, OPEN_DIR);
    if (top_fd < 0)
        return -errno;
    do {
        result = remove_pass(top_fd, &fresh);
    } while (result > 0);
    (void)close(top_fd);
    if (result == 0 && unlinkat(parent_fd, name, AT_REMOVEDIR) != 0)
        result = -errno;
    return result;
}
