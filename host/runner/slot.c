/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/slot.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MAX = 10000 };

/* NULL and no store: somebody else has it. */
static struct error *try_slot(const char *all, unsigned number, struct store **store, char **folder)
{
    struct error *err;

    *store = NULL;
    if (asprintf(folder, "%s/%u", all, number) < 0)
        return error_errno(ENOMEM, "Looking for a free slot");
    err = store_open(*folder, store);
    if (err == NULL)
        return NULL;
    free(*folder);
    *folder = NULL;
    if (err->kind == ERROR_UNAVAILABLE) {
        error_free(err);
        return NULL;
    }
    return error_wrap(err, "No data folder for this run (name another one with MAPS_DATA_DIR or "
                           "--set data_dir=FOLDER)");
}

static bool has_entries(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry = NULL;

    if (folder == NULL)
        return false;
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            break;
    (void)closedir(folder);
    return entry != NULL;
}

static bool is_left(const char *all, const char *name)
{
    char *jobs = NULL;
    bool left;

    if (asprintf(&jobs, "%s/%s/jobs", all, name) < 0)
        return false;
    left = has_entries(jobs);
    free(jobs);
    return left;
}

static bool is_slot(const char *name, unsigned *number)
{
    size_t length = strlen(name);

    if (length == 0 || length > 4 || strspn(name, "0123456789") != length)
        return false;
    *number = (unsigned)strtoul(name, NULL, 10);
    return true;
}

/* A slot that a killed runner left, if there is one. */
static struct error *try_left_ones(const char *all, struct store **store, char **folder)
{
    DIR *slots = opendir(all);
    struct error *err = NULL;
    const struct dirent *entry;
    unsigned number;

    while (slots != NULL && err == NULL && *store == NULL && (entry = readdir(slots)) != NULL)
        if (is_slot(entry->d_name, &number) && is_left(all, entry->d_name))
            err = try_slot(all, number, store, folder);
    if (slots != NULL)
        (void)closedir(slots);
    return err;
}

struct error *slot_take(const char *data_dir, struct store **store, char **folder)
{
    char *all = NULL;
    struct error *err;

    *store = NULL;
    if (data_dir == NULL)
        return error_new(ERROR_INVALID, "data_dir",
                         "There is no home folder to keep data in; name one with MAPS_DATA_DIR.");
    if (asprintf(&all, "%s/oneshot", data_dir) < 0)
        return error_errno(ENOMEM, "Looking for a free slot");
    err = try_left_ones(all, store, folder);
    for (unsigned number = 0; err == NULL && *store == NULL && number < SLOTS_MAX; number++)
        err = try_slot(all, number, store, folder);
    if (err == NULL && *store == NULL)
        err = error_new(ERROR_UNAVAILABLE, NULL, "All %d slots in %s are in use.", SLOTS_MAX, all);
    free(all);
    return err;
}
