/* SPDX-License-Identifier: Apache-2.0 */
#include "store/copy.h"
#include "store/maintenance.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void free_text(char **text)
{
    free(*text);
}
#define TEXT_AUTO __attribute__((cleanup(free_text))) char *

static struct error *check_whole(sqlite3 *database, const char *data_dir)
{
    sqlite3_stmt *statement = NULL;
    struct error *err = NULL;

    if (sqlite3_prepare_v2(database, "PRAGMA integrity_check(1)", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        err = schema_error(database, "Cannot read the copy");
    else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
        err = error_new(ERROR_STORAGE, NULL,
                        "The store in %s is damaged (%s) and was not backed up. Keep the backups "
                        "that you have; maps-backend store check tells more.",
                        data_dir, (const char *)sqlite3_column_text(statement, 0));
    (void)sqlite3_finalize(statement);
    return err;
}

/* Makes one file of the copy and its log. */
static struct error *fold(const char *path, const char *data_dir)
{
    sqlite3 *database = NULL;
    int version;
    struct error *err = store_copy_open(path, &database);

    if (err == NULL)
        err = schema_recognise(database, path, &version);
    if (err == NULL)
        err = check_whole(database, data_dir);
    if (err == NULL &&
        sqlite3_exec(database, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) != SQLITE_OK)
        err = schema_error(database, "Cannot write the copy");
    (void)sqlite3_close(database);
    return err;
}

static int sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_RDONLY | O_CLOEXEC);
    int result = fd < 0 || fsync(fd) != 0 ? errno : 0;

    if (fd >= 0)
        (void)close(fd);
    return result;
}

/* Gives the finished copy its name, durably; a file that has come there meanwhile stays. */
static int publish(const char *partial, const char *file)
{
    TEXT_AUTO name = strdup(file);
    int result = name == NULL ? ENOMEM : sync_path(partial, 0);

    if (result == 0 && renameat2(AT_FDCWD, partial, AT_FDCWD, file, RENAME_NOREPLACE) != 0)
        result = errno;
    return result == 0 ? sync_path(dirname(name), O_DIRECTORY) : result;
}

static struct error *exists(const char *file)
{
    return error_new(ERROR_CONFLICT, NULL,
                     "%s is there already. Move it away or name another file.", file);
}

struct error *store_backup(const char *data_dir, const char *file)
{
    TEXT_AUTO partial = NULL;
    struct error *err;

    if (faccessat(AT_FDCWD, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return exists(file);
    if (asprintf(&partial, "%s.partial", file) < 0) {
        partial = NULL;
        return error_errno(ENOMEM, "The store cannot be copied to %s", file);
    }
    if (faccessat(AT_FDCWD, partial, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return exists(partial);
    err = store_copy(data_dir, partial);
    if (err != NULL)
        return err;
    err = fold(partial, data_dir);
    int result = err == NULL ? publish(partial, file) : 0;
    if (result == EEXIST)
        err = exists(file);
    else if (result != 0)
        err = error_errno(result, "The backup %s cannot be written", file);
    if (err != NULL)
        store_copy_remove(partial);
    return err;
}
