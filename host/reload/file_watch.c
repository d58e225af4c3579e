/* SPDX-License-Identifier: Apache-2.0 */
#include "reload/file_watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* All that tells one state of a file from another; zero: there is none. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
};

struct watched {
    char *name;
    struct stamp known, last;
};

struct file_watch {
    struct watched *files;
    size_t count;
};

static struct stamp look_at(const char *name)
{
    struct stat status;

    if (stat(name, &status) != 0)
        return (struct stamp){ .device = 0 };
    return (struct stamp){ .device = status.st_dev,
                           .inode = status.st_ino,
                           .size = status.st_size,
                           .modified = status.st_mtim,
                           .changed = status.st_ctim };
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

struct file_watch *file_watch_new(void)
{
    return calloc(1, sizeof(struct file_watch));
}

static void free_files(struct watched *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(files[i].name);
    free(files);
}

void file_watch_free(struct file_watch *watch)
{
    if (watch == NULL)
        return;
    free_files(watch->files, watch->count);
    free(watch);
}

void file_watch_mark(struct file_watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        watch->files[i].known = watch->files[i].last = look_at(watch->files[i].name);
}

static const struct watched *find(const struct watched *files, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    return NULL;
}

static size_t count_of(const char *const *names)
{
    size_t count = 0;

    while (names != NULL && names[count] != NULL)
        count++;
    return count;
}

/* Adds one file to a list with room for it; false: out of memory. */
static bool add(const struct file_watch *watch, struct watched *files, size_t *count,
                const char *name)
{
    const struct watched *before = find(watch->files, watch->count, name);
    struct watched *file = &files[*count];

    if (find(files, *count, name) != NULL)
        return true;
    file->name = strdup(name);
    if (file->name == NULL)
        return false;
    file->known = before != NULL ? before->known : look_at(name);
    file->last = before != NULL ? before->last : file->known;
    (*count)++;
    return true;
}

bool file_watch_set(struct file_watch *watch, const char *const *files, const char *const *more)
{
    size_t wanted = count_of(files) + count_of(more), count = 0;
    struct watched *list = calloc(wanted + 1, sizeof(*list));
    bool whole = list != NULL;

    for (size_t i = 0; whole && i < count_of(files); i++)
        whole = add(watch, list, &count, files[i]);
    for (size_t i = 0; whole && i < count_of(more); i++)
        whole = add(watch, list, &count, more[i]);
    if (!whole) {
        free_files(list, count);
        return false;
    }
    free_files(watch->files, watch->count);
    watch->files = list;
    watch->count = count;
    return true;
}

bool file_watch_look(struct file_watch *watch)
{
    bool changed = false, settled = true;

    for (size_t i = 0; i < watch->count; i++) {
        struct watched *file = &watch->files[i];
        struct stamp now = look_at(file->name);
        changed = changed || !same(&now, &file->known);
        settled = settled && same(&now, &file->last);
        file->last = now;
    }
    return changed && settled;
}
