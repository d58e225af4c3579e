/* SPDX-License-Identifier: Apache-2.0 */
/* Adds all that is below a folder. */
#include "tarball_parts.h"

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fts(FTS **fts)
{
    if (*fts != NULL)
        (void)fts_close(*fts);
}
#define FTS_AUTO __attribute__((cleanup(close_fts))) FTS *

static int open_root(struct tarball *tarball, const char *source, struct fault *fault)
{
    struct tarball_root *root = malloc(sizeof(*root));

    if (root == NULL)
        return fault_set(fault, ENOMEM, "Out of memory");
    root->fd = open(source, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root->fd < 0) {
        free(root);
        return fault_errno(fault, "Cannot read the folder %.200s", source);
    }
    root->next = tarball->roots;
    tarball->roots = root;
    return 0;
}

static int add_found(struct tarball *tarball, const char *path, const char *below,
                     const FTSENT *found, struct fault *fault)
{
    TEXT_AUTO whole = text_format("%s/%s", path, below);
    struct tarball_entry entry = { .path = whole, .mode = S_IFDIR | 0755 };

    if (found->fts_info == FTS_F) {
        entry.mode = S_IFREG | 0644;
        entry.source = (char *)below;
        entry.size = (uint64_t)found->fts_statp->st_size;
        entry.root_fd = tarball->roots->fd;
    }
    if (whole == NULL || tarball_append(tarball, &entry) == NULL)
        return fault_set(fault, ENOMEM, "Out of memory");
    return 0;
}

static int visit(struct tarball *tarball, const char *path, size_t prefix, const FTSENT *found,
                 struct fault *fault)
{
    switch (found->fts_info) {
    case FTS_D:
        if (found->fts_level == FTS_ROOTLEVEL)
            return 0;
        break;
    case FTS_F:
        break;
    case FTS_DNR:
    case FTS_NS:
    case FTS_ERR:
        errno = found->fts_errno;
        return fault_errno(fault, "Cannot read %.200s", found->fts_path);
    default: /* a link, a device, or a folder on the way back */
        return 0;
    }
    return add_found(tarball, path, found->fts_path + prefix, found, fault);
}

int tarball_add_tree(struct tarball *tarball, const char *path, const char *source,
                     struct fault *fault)
{
    /* The slash at the end: source itself may be a link. */
    TEXT_AUTO top = text_format("%s/", source);
    char *const tops[] = { top, NULL };
    const FTSENT *found;
    int rc = top == NULL ? fault_set(fault, ENOMEM, "Out of memory") : 0;

    if (rc == 0)
        rc = open_root(tarball, source, fault);
    if (rc != 0)
        return rc;
    FTS_AUTO fts = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (fts == NULL)
        return fault_errno(fault, "Cannot read the folder %.200s", source);
    while (rc == 0 && (errno = 0, found = fts_read(fts)) != NULL)
        rc = visit(tarball, path, strlen(top), found, fault);
    if (rc == 0 && errno != 0)
        rc = fault_errno(fault, "Cannot read the folder %.200s", source);
    return rc;
}
