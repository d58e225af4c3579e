/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into an archive. */
#include "tarball_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct tarball *tarball_new(void)
{
    struct tarball *tarball = calloc(1, sizeof(*tarball));

    if (tarball == NULL)
        return NULL;
    tarball->stream = tar_stream_new();
    if (tarball->stream == NULL) {
        free(tarball);
        return NULL;
    }
    tarball->last = &tarball->first;
    tarball->source_fd = -1;
    tarball->made_at = time(NULL);
    return tarball;
}

static void free_entry(struct tarball_entry *entry)
{
    free(entry->path);
    free(entry->bytes);
    free(entry->source);
    free(entry);
}

void tarball_free(struct tarball *tarball)
{
    if (tarball == NULL)
        return;
    tar_stream_free(tarball->stream);
    while (tarball->first != NULL) {
        struct tarball_entry *entry = tarball->first;

        tarball->first = entry->next;
        free_entry(entry);
    }
    while (tarball->roots != NULL) {
        struct tarball_root *root = tarball->roots;

        tarball->roots = root->next;
        close(root->fd);
        free(root);
    }
    if (tarball->source_fd >= 0)
        close(tarball->source_fd);
    free(tarball);
}

static void *copy_bytes(const void *bytes, size_t length)
{
    void *copy = malloc(length + 1); /* never of nothing */

    if (copy != NULL && length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

struct tarball_entry *tarball_append(struct tarball *tarball, const struct tarball_entry *entry)
{
    struct tarball_entry *copy = malloc(sizeof(*copy));

    if (copy == NULL)
        return NULL;
    *copy = *entry;
    copy->next = NULL;
    copy->path = strdup(entry->path);
    copy->bytes = entry->bytes == NULL ? NULL : copy_bytes(entry->bytes, entry->size);
    copy->source = entry->source == NULL ? NULL : strdup(entry->source);
    if (copy->path == NULL || (entry->bytes != NULL && copy->bytes == NULL) ||
        (entry->source != NULL && copy->source == NULL)) {
        free_entry(copy);
        return NULL;
    }
    *tarball->last = copy;
    tarball->last = &copy->next;
    return copy;
}

static bool leads_out(const char *path)
{
    if (path[0] == '\0' || path[0] == '/')
        return true;
    for (; path != NULL; path = strchr(path, '/')) {
        path += path[0] == '/';
        if (path[0] == '.' && path[1] == '.' && (path[2] == '/' || path[2] == '\0'))
            return true;
    }
    return false;
}

static int add(struct tarball *tarball, const struct tarball_entry *entry, struct fault *fault)
{
    if (leads_out(entry->path))
        return fault_set(fault, EINVAL, "An archive cannot hold the path \"%.200s\"", entry->path);
    if (tarball_append(tarball, entry) == NULL)
        return fault_set(fault, ENOMEM, "Out of memory");
    return 0;
}

int tarball_add_folder(struct tarball *tarball, const char *path, mode_t mode, uid_t uid, gid_t gid,
                       struct fault *fault)
{
    const struct tarball_entry entry = {
        .path = (char *)path, .mode = S_IFDIR | mode, .uid = uid, .gid = gid
    };

    return add(tarball, &entry, fault);
}

int tarball_add_bytes(struct tarball *tarball, const char *path, mode_t mode, uid_t uid, gid_t gid,
                      const void *bytes, size_t length, struct fault *fault)
{
    const struct tarball_entry entry = { .path = (char *)path,
                                         .mode = S_IFREG | mode,
                                         .uid = uid,
                                         .gid = gid,
                                         .bytes = (void *)(length > 0 ? bytes : ""),
                                         .size = length };

    return add(tarball, &entry, fault);
}

int tarball_add_file(struct tarball *tarball, const char *path, mode_t mode, uid_t uid, gid_t gid,
                     const char *source, struct fault *fault)
{
    struct tarball_entry entry = { .path = (char *)path,
                                   .mode = S_IFREG | mode,
                                   .uid = uid,
                                   .gid = gid,
                                   .source = (char *)source,
                                   .root_fd = AT_FDCWD };
    struct stat st;

    if (stat(source, &st) != 0)
        return fault_errno(fault, "Cannot read %.200s", source);
    if (!S_ISREG(st.st_mode))
        return fault_set(fault, EINVAL, "%.200s is not a file", source);
    entry.size = (uint64_t)st.st_size;
    return add(tarball, &entry, fault);
}
