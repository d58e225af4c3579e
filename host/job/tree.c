/* SPDX-License-Identifier: Apache-2.0 */
#include "job/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { OPEN_DIR = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* Empties dir_fd of all but non-empty folders; those are moved up into top_fd under
 * fresh names, so that no depth ever needs more than two open folders. */
static int flatten_dir(int top_fd, DIR *dir, unsigned *fresh)
{
    const struct dirent *entry;
    char name[32];

    while ((entry = readdir(dir)) != NULL) {
        if (tree_is_dot(entry->d_name) || unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            continue;
        if (errno != EISDIR && errno != EPERM)
            return -errno;
        if (unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) == 0)
            continue;
        if (errno != ENOTEMPTY && errno != EEXIST)
            return -errno;
        /* moving a folder rewrites its "..", which needs write permission on it */
        tree_unlock_dir(dirfd(dir), entry->d_name);
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
    TREE_DIR_AUTO dir = tree_open_dir(top_fd, ".");
    const struct dirent *entry;
    int found = 0;

    if (dir == NULL)
        return -errno;
    while ((entry = readdir(dir)) != NULL) {
        if (tree_is_dot(entry->d_name))
            continue;
        found = 1;
        if (unlinkat(top_fd, entry->d_name, 0) == 0)
            continue;
        tree_unlock_dir(top_fd, entry->d_name);
        TREE_DIR_AUTO sub = tree_open_dir(top_fd, entry->d_name);
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
    tree_unlock_dir(parent_fd, name);
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
