/* SPDX-License-Identifier: Apache-2.0 */
#include "store/data_folder.h"
#include "store/maintenance.h"
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t size_of(const char *path, const char *ending)
{
    char name[4096];
    struct stat st;

    if ((size_t)snprintf(name, sizeof(name), "%s%s", path, ending) >= sizeof(name) ||
        stat(name, &st) != 0)
        return 0;
    return (uint64_t)st.st_size;
}

/* The copy that VACUUM makes goes to a file, not into memory as other temporaries of ours. */
static struct error *vacuum(const char *path)
{
    sqlite3 *database = NULL;
    struct error *err = schema_open(path, &database);

    if (err == NULL &&
        sqlite3_exec(database, "PRAGMA temp_store=FILE; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
                     NULL, NULL, NULL) != SQLITE_OK)
        err = schema_error(database, "Cannot compact the database");
    (void)sqlite3_close(database);
    return err;
}

static struct error *compact(const char *data_dir, const char *path, struct store_sizes *sizes)
{
    int lock_fd = -1;
    struct error *err = data_folder_take(data_dir, &lock_fd);

    if (err != NULL)
        return err;
    sizes->before = size_of(path, "") + size_of(path, "-wal");
    err = vacuum(path);
    sizes->after = size_of(path, "") + size_of(path, "-wal");
    (void)close(lock_fd);
    return err;
}

struct error *store_compact(const char *data_dir, struct store_sizes *sizes)
{
    char *path = NULL;
    struct error *err;

    if (asprintf(&path, "%s/store.db", data_dir) < 0)
        return error_errno(ENOMEM, "Cannot compact the store");
    if (access(path, F_OK) != 0)
        err = error_new(ERROR_NOT_FOUND, NULL,
                        "There is no store in %s. Name the data folder with MAPS_DATA_DIR or "
                        "--set data_dir=FOLDER.",
                        data_dir);
    else
        err = compact(data_dir, path, sizes);
    free(path);
    return err;
}
