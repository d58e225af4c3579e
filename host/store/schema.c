/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

#include "job/id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "MAPS": tells our file from any other SQLite database. */
enum { APPLICATION_ID = 0x4d415053 };

/* Append only: a step that was released is never edited. */
static const char *const migrations[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE jobs ("
    "  sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  id TEXT NOT NULL UNIQUE,"
    "  status INTEGER NOT NULL,"
    "  reason INTEGER NOT NULL,"
    "  exit_code INTEGER NOT NULL,"
    "  signal INTEGER NOT NULL,"
    "  message TEXT,"
    "  runtime TEXT,"
    "  runner_type TEXT,"
    "  profile TEXT,"
    "  image TEXT,"
    "  network TEXT,"
    "  script_name TEXT,"
    "  spec TEXT,"
    "  labels TEXT,"
    "  priority INTEGER NOT NULL,"
    "  timeout_ms INTEGER NOT NULL,"
    "  limit_cpu_millis INTEGER NOT NULL,"
    "  limit_memory_bytes INTEGER NOT NULL,"
    "  limit_pids INTEGER NOT NULL,"
    "  limit_disk_bytes INTEGER NOT NULL,"
    "  limit_output_bytes INTEGER NOT NULL,"
    "  limits_required INTEGER NOT NULL,"
    "  limits_best_effort INTEGER NOT NULL,"
    "  idempotency_key TEXT UNIQUE,"
    "  request_digest TEXT,"
    "  attempt INTEGER NOT NULL,"
    "  start_attempted INTEGER NOT NULL,"
    "  handle TEXT,"
    "  cancel_requested INTEGER NOT NULL,"
    "  logs_truncated INTEGER NOT NULL,"
    "  logs_damaged INTEGER NOT NULL,"
    "  cleanup_pending INTEGER NOT NULL,"
    "  created_ms INTEGER NOT NULL,"
    "  started_ms INTEGER NOT NULL,"
    "  finished_ms INTEGER NOT NULL,"
    "  timing_queued_ms INTEGER NOT NULL,"
    "  timing_prepare_ms INTEGER NOT NULL,"
    "  timing_start_ms INTEGER NOT NULL,"
    "  timing_run_ms INTEGER NOT NULL,"
    "  timing_collect_ms INTEGER NOT NULL"
    ");"
    "CREATE INDEX jobs_by_status ON jobs (status, sequence);"
    "CREATE INDEX jobs_to_clean ON jobs (sequence) WHERE cleanup_pending;"
    "CREATE TABLE job_labels ("
    "  sequence INTEGER NOT NULL REFERENCES jobs (sequence) ON DELETE CASCADE,"
    "  key TEXT NOT NULL,"
    "  value TEXT NOT NULL,"
    "  PRIMARY KEY (sequence, key)"
    ") WITHOUT ROWID;"
    "CREATE INDEX job_labels_by_value ON job_labels (key, value, sequence);",

    /* What ended jobs keep: counted as they come and go, because counting them when it is asked
     * for would hold up the thread for as long as there are many.  3: JOB_SUCCESS. */
    "ALTER TABLE jobs ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT -1;"
    "CREATE INDEX jobs_by_end ON jobs (finished_ms, sequence) WHERE status >= 3;"
    "CREATE INDEX jobs_to_measure ON jobs (sequence) WHERE status >= 3 AND kept_bytes < 0;"
    "CREATE TABLE kept ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  jobs INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL"
    ");"
    "INSERT INTO kept SELECT 1, count(*), 0 FROM jobs WHERE status >= 3;"
    "CREATE TRIGGER kept_more AFTER INSERT ON jobs WHEN new.status >= 3 BEGIN"
    "  UPDATE kept SET jobs = jobs + 1, bytes = bytes + max(new.kept_bytes, 0);"
    "END;"
    "CREATE TRIGGER kept_otherwise AFTER UPDATE ON jobs"
    "  WHEN new.status >= 3 AND (old.status < 3 OR old.kept_bytes <> new.kept_bytes) BEGIN"
    "  UPDATE kept SET jobs = jobs + (old.status < 3), bytes = bytes + max(new.kept_bytes, 0)"
    "    - (old.status >= 3) * max(old.kept_bytes, 0);"
    "END;"
    "CREATE TRIGGER kept_less AFTER DELETE ON jobs WHEN old.status >= 3 BEGIN"
    "  UPDATE kept SET jobs = jobs - 1, bytes = bytes - max(old.kept_bytes, 0);"
    "END;",

    "ALTER TABLE jobs ADD COLUMN script_path TEXT;"
    "ALTER TABLE jobs ADD COLUMN request_path TEXT;"
    "ALTER TABLE jobs ADD COLUMN input_path TEXT;"
    "ALTER TABLE jobs ADD COLUMN output_path TEXT;"
    "ALTER TABLE jobs ADD COLUMN output_error TEXT;",
};
enum { MIGRATION_COUNT = sizeof(migrations) / sizeof(migrations[0]) };

static const char *advice_for(int code)
{
    switch (code) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return "Free space there or repair the disk; writing goes on by itself then.";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return "Let this user write to the file and its folder.";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "Nothing was overwritten. Restore the file from a backup, or move it away to "
               "start with an empty store.";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "Another program has the file open: close it.";
    default:
        return "This is a fault of maps-backend: please report it.";
    }
}

static enum error_kind kind_for(int code)
{
    switch (code) {
    case SQLITE_ERROR:
    case SQLITE_INTERNAL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
        return ERROR_INTERNAL;
    default:
        return ERROR_STORAGE;
    }
}

struct error *schema_error(sqlite3 *database, const char *what)
{
    int code = sqlite3_errcode(database) & 0xff;
    int errnum = sqlite3_system_errno(database);
    const char *file = sqlite3_db_filename(database, NULL);
    char reason[128] = "";

    if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN && code != SQLITE_FULL)
        errnum = 0;
    if (errnum != 0)
        (void)snprintf(reason, sizeof(reason), " (%s)", strerrordesc_np(errnum));
    return error_new(kind_for(code), NULL, "%s %s: %s%s. %s", what, file == NULL ? "" : file,
                     sqlite3_errmsg(database), reason, advice_for(code));
}

static struct error *execute(sqlite3 *database, const char *sql, const char *what)
{
    return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK
               ? NULL
               : schema_error(database, what);
}

static struct error *read_number(sqlite3 *database, const char *sql, int *value)
{
    sqlite3_stmt *statement = NULL;
    struct error *err = NULL;

    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        *value = sqlite3_column_int(statement, 0);
    else
        err = schema_error(database, "Cannot read the database");
    (void)sqlite3_finalize(statement);
    return err;
}

static struct error *check_kind(sqlite3 *database, const char *path)
{
    int application = 0, tables = 0;
    struct error *err = read_number(database, "PRAGMA application_id", &application);

    if (err == NULL)
        err = read_number(database, "SELECT count(*) FROM sqlite_schema", &tables);
    if (err != NULL)
        return err;
    if (application == APPLICATION_ID || (application == 0 && tables == 0))
        return NULL;
    return error_new(ERROR_STORAGE, NULL,
                     "%s is a database of another program. Move it away, or choose another data "
                     "folder with MAPS_DATA_DIR.",
                     path);
}

static struct error *check_integrity(sqlite3 *database, const char *path)
{
    sqlite3_stmt *statement = NULL;
    struct error *err = NULL;

    if (sqlite3_prepare_v2(database, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        err = schema_error(database, "Cannot read the database");
    else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
        err =
            error_new(ERROR_STORAGE, NULL, "The database %s is damaged: %s. %s", path,
                      (const char *)sqlite3_column_text(statement, 0), advice_for(SQLITE_CORRUPT));
    (void)sqlite3_finalize(statement);
    return err;
}

static struct error *run_step(sqlite3 *database, const char *step, int version)
{
    char stamp[96];
    struct error *err = execute(database, "BEGIN IMMEDIATE", "Cannot update the database");

    if (err != NULL)
        return err;
    (void)snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d; PRAGMA user_version=%d",
                   APPLICATION_ID, version);
    err = execute(database, step, "Cannot update the database");
    if (err == NULL)
        err = execute(database, stamp, "Cannot update the database");
    if (err == NULL)
        err = execute(database, "COMMIT", "Cannot update the database");
    if (err != NULL)
        (void)sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

static struct error *read_version(sqlite3 *database, const char *path, int count, int *version)
{
    struct error *err = read_number(database, "PRAGMA user_version", version);

    if (err != NULL || (*version >= 0 && *version <= count))
        return err;
    return error_new(ERROR_STORAGE, NULL,
                     "The database %s has schema version %d, this program knows versions up "
                     "to %d. Use the newer maps-backend that wrote it, or choose another data "
                     "folder with MAPS_DATA_DIR.",
                     path, *version, count);
}

struct error *schema_migrate(sqlite3 *database, const char *path, const char *const steps[],
                             int count)
{
    int version = 0;
    struct error *err = read_version(database, path, count, &version);

    for (; version < count && err == NULL; version++)
        err = run_step(database, steps[version], version + 1);
    return err;
}

int schema_newest(void)
{
    return MIGRATION_COUNT;
}

struct error *schema_recognise(sqlite3 *database, const char *path, int *version)
{
    struct error *err = check_kind(database, path);

    return err == NULL ? read_version(database, path, MIGRATION_COUNT, version) : err;
}

/* Made by us with its mode, because SQLite would let everybody read it.  The folder is
 * synchronised: SQLite does that for its journals only. */
static struct error *make_file(const char *path)
{
    char folder[4096];
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return error_errno(errno, "The database %s cannot be opened", path);
    (void)close(fd);
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
    fd = open(folder[0] == '\0' ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(errno, "The folder %s cannot be opened", folder);
    int result = fsync(fd) == 0 ? 0 : errno;
    (void)close(fd);
    return result == 0 ? NULL : error_errno(result, "The folder %s cannot be written", folder);
}

/* EXCLUSIVE, set before the first access, also keeps WAL's index out of a mapped file:
 * a full disk is then an error code, never a SIGBUS. */
static struct error *prepare(sqlite3 *database, const char *path)
{
    struct error *err = execute(database, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA busy_timeout=5000",
                                "Cannot open the database");

    if (err == NULL)
        err = check_kind(database, path);
    if (err == NULL)
        err = check_integrity(database, path);
    if (err == NULL)
        err = execute(database,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                      "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
                      "PRAGMA journal_size_limit=67108864",
                      "Cannot open the database");
    return err == NULL ? schema_migrate(database, path, migrations, MIGRATION_COUNT) : err;
}

struct error *schema_open(const char *path, sqlite3 **database)
{
    struct error *err = make_file(path);

    if (err != NULL)
        return err;
    if (sqlite3_open_v2(path, database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                        NULL) != SQLITE_OK) {
        err = *database == NULL ? error_errno(ENOMEM, "The database %s cannot be opened", path)
                                : schema_error(*database, "Cannot open the database");
    } else {
        /* Until all checks have passed, closing must not write either. */
        (void)sqlite3_db_config(*database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void)sqlite3_db_config(*database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        err = prepare(*database, path);
    }
    if (err == NULL) {
        (void)sqlite3_db_config(*database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        return NULL;
    }
    (void)sqlite3_close(*database);
    *database = NULL;
    return err;
}

struct error *schema_owner(sqlite3 *database, char owner[static SCHEMA_OWNER_BYTES])
{
    char id[JOB_ID_BYTES], sql[160];
    sqlite3_stmt *statement = NULL;
    struct error *err;

    job_id_make(id);
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO meta VALUES ('owner', 'maps-%s') ON CONFLICT DO NOTHING", id);
    err = execute(database, sql, "Cannot write the database");
    if (err != NULL)
        return err;
    if (sqlite3_prepare_v2(database, "SELECT value FROM meta WHERE key = 'owner'", -1, &statement,
                           NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        (void)snprintf(owner, SCHEMA_OWNER_BYTES, "%s",
                       (const char *)sqlite3_column_text(statement, 0));
    else
        err = schema_error(database, "Cannot read the database");
    (void)sqlite3_finalize(statement);
    return err;
}
