/* SPDX-License-Identifier: Apache-2.0 */
/* Schema versions: going up step by step, and what is refused. */
#include "fixture.h"
#include "store/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static sqlite3 *open_raw(const char *folder)
{
    char *path = fixture_path(folder, "store.db");
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    free(path);
    return database;
}

static void run(sqlite3 *database, const char *sql)
{
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
}

static int number(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int value = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement);
    return value;
}

static const char *const steps[] = {
    "CREATE TABLE t (a INTEGER)",
    "ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 7",
    "UPDATE t SET b = b + a; CREATE TABLE broken (",
};

static void an_older_version_is_brought_up_with_its_data(void **state)
{
    sqlite3 *database = open_raw(*state);

    assert_null(schema_migrate(database, "x", steps, 1));
    assert_int_equal(number(database, "PRAGMA user_version"), 1);
    run(database, "INSERT INTO t VALUES (3)");
    (void)sqlite3_close(database);

    database = open_raw(*state);
    assert_null(schema_migrate(database, "x", steps, 2));
    assert_int_equal(number(database, "PRAGMA user_version"), 2);
    assert_int_equal(number(database, "SELECT a + b FROM t"), 10);
    assert_null(schema_migrate(database, "x", steps, 2));
    (void)sqlite3_close(database);
}

static void a_step_that_fails_leaves_the_version_before_it(void **state)
{
    sqlite3 *database = open_raw(*state);

    assert_null(schema_migrate(database, "x", steps, 1));
    run(database, "INSERT INTO t VALUES (3)");
    struct error *err = schema_migrate(database, "x", steps, 3);
    assert_non_null(err);
    error_free(err);
    assert_int_equal(number(database, "PRAGMA user_version"), 2);
    assert_int_equal(number(database, "SELECT b FROM t"), 7);
    assert_int_equal(sqlite3_get_autocommit(database), 1);
    (void)sqlite3_close(database);
}

static void a_newer_version_is_refused(void **state)
{
    struct store *store = NULL;

    store_close(fixture_open(*state));
    sqlite3 *database = open_raw(*state);
    run(database, "PRAGMA user_version=1000");
    (void)sqlite3_close(database);
    fixture_expect_error(store_open(*state, &store), ERROR_STORAGE, "schema version 1000");
    assert_null(store);
}

static void a_database_of_another_program_is_refused(void **state)
{
    struct store *store = NULL;
    sqlite3 *database = open_raw(*state);

    run(database, "CREATE TABLE bookmarks (url TEXT)");
    (void)sqlite3_close(database);
    fixture_expect_error(store_open(*state, &store), ERROR_STORAGE, "another program");
    database = open_raw(*state);
    run(database, "DROP TABLE bookmarks; PRAGMA application_id=7");
    (void)sqlite3_close(database);
    fixture_expect_error(store_open(*state, &store), ERROR_STORAGE, "another program");
}

static void the_store_is_durable_and_of_one_connection(void **state)
{
    char *path = fixture_path(*state, "store.db");
    sqlite3 *database = NULL;

    assert_null(schema_open(path, &database));
    assert_int_equal(number(database, "PRAGMA synchronous"), 2);
    assert_int_equal(number(database, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(database, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    assert_int_equal(number(database, "SELECT locking_mode = 'exclusive' FROM pragma_locking_mode"),
                     1);
    (void)sqlite3_close(database);
    free(path);
}

/* Version 2 had no paths of the host. */
static void an_older_store_takes_paths(void **state)
{
    struct job_record *stored = NULL;

    store_close(fixture_open(*state));
    sqlite3 *database = open_raw(*state);
    run(database, FIXTURE_BACK_TO_2);
    (void)sqlite3_close(database);

    struct store *store = fixture_open(*state);
    struct job_record *record = fixture_record("a");
    record->input_path = strdup("/in");
    record->output_path = strdup("/out");
    assert_null(store_wait_insert(store, record, &stored));
    job_record_free(stored);
    struct store_change change = {
        .job_id = "a", .from = 1u << JOB_QUEUED, .to = JOB_CANCELLED, .set = STORE_SET_OUTPUT_ERROR
    };
    char why[] = "full";
    change.values.output_error = why;
    assert_null(store_wait_change(store, &change, &stored));
    assert_string_equal(stored->input_path, "/in");
    assert_string_equal(stored->output_path, "/out");
    assert_string_equal(stored->output_error, "full");
    assert_null(stored->script_path);
    job_record_free(stored);
    store_close(store);
}

int main(void)
{
#define STORE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_older_version_is_brought_up_with_its_data),
        STORE_TEST(a_step_that_fails_leaves_the_version_before_it),
        STORE_TEST(an_older_store_takes_paths),
        STORE_TEST(a_newer_version_is_refused),
        STORE_TEST(a_database_of_another_program_is_refused),
        STORE_TEST(the_store_is_durable_and_of_one_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
