/* SPDX-License-Identifier: Apache-2.0 */
/* What ended jobs keep: always counted, and listed in the order in which they ended. */
#include "fixture.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void end(struct store *store, const char *id, int64_t finished_ms)
{
    struct store_change change = {
        .job_id = id, .from = IN(JOB_QUEUED), .to = JOB_CANCELLED, .set = STORE_SET_FINISHED
    };
    struct job_record *record = NULL;

    change.values.finished_ms = finished_ms;
    assert_null(store_wait_change(store, &change, &record));
    job_record_free(record);
}

static void insert_ended(struct store *store, const char *id, int64_t finished_ms)
{
    job_record_free(fixture_insert(store, id));
    end(store, id, finished_ms);
}

static void measure(struct store *store, const char *id, int64_t bytes)
{
    struct store_change change = {
        .job_id = id, .from = ~0u, .to = -1, .set = STORE_SET_KEPT_BYTES
    };
    struct job_record *record = NULL;

    change.values.kept_bytes = bytes;
    assert_null(store_wait_change(store, &change, &record));
    assert_int_equal(record->kept_bytes, bytes);
    job_record_free(record);
}

static void assert_kept(struct store *store, uint64_t jobs, uint64_t bytes)
{
    struct store_kept kept;

    assert_null(store_wait_kept(store, &kept));
    assert_int_equal(kept.jobs, jobs);
    assert_int_equal(kept.bytes, bytes);
}

static void assert_listed(struct store *store, const struct store_query *query,
                          const char *expected)
{
    struct job_record **records = NULL;
    size_t count = 0;
    char ids[64] = "";

    assert_null(store_wait_list(store, query, &records, &count));
    for (size_t i = 0; i < count; i++)
        strcat(ids, records[i]->id);
    store_list_free(records, count);
    assert_string_equal(ids, expected);
}

static void jobs_are_counted_from_their_end_until_they_are_forgotten(void **state)
{
    struct store *store = fixture_open(*state);

    assert_kept(store, 0, 0);
    job_record_free(fixture_insert(store, "a"));
    assert_kept(store, 0, 0);
    end(store, "a", 1000);
    insert_ended(store, "b", 1000);
    assert_kept(store, 2, 0);
    measure(store, "a", 100);
    measure(store, "b", 20);
    assert_kept(store, 2, 120);
    measure(store, "a", 40);
    assert_kept(store, 2, 60);
    assert_null(store_wait_delete(store, "a"));
    assert_kept(store, 1, 20);
    store_close(store);
    store = fixture_open(*state);
    assert_kept(store, 1, 20);
    store_close(store);
}

static void live_jobs_keep_nothing_that_counts(void **state)
{
    struct store *store = fixture_open(*state);

    job_record_free(fixture_insert(store, "a"));
    measure(store, "a", 100);
    assert_kept(store, 0, 0);
    end(store, "a", 1);
    assert_kept(store, 1, 100);
    store_close(store);
}

static void ended_jobs_are_listed_by_their_end_from_any_place(void **state)
{
    struct store *store = fixture_open(*state);
    struct store_query query = { .by_end = true };

    insert_ended(store, "a", 3000);
    insert_ended(store, "b", 1000);
    job_record_free(fixture_insert(store, "c"));
    insert_ended(store, "d", 2000);
    insert_ended(store, "e", 2000);
    assert_listed(store, &query, "bdea");
    query.limit = 2;
    assert_listed(store, &query, "bd");
    query.after_end_ms = 2000;
    query.after_end_sequence = 4;
    assert_listed(store, &query, "ea");
    store_close(store);
}

static void what_has_ended_is_to_be_measured_once(void **state)
{
    struct store *store = fixture_open(*state);
    const struct store_query query = { .unmeasured = true, .oldest_first = true };

    insert_ended(store, "a", 1);
    job_record_free(fixture_insert(store, "b"));
    insert_ended(store, "c", 1);
    assert_listed(store, &query, "ac");
    measure(store, "a", 0);
    assert_listed(store, &query, "c");
    store_close(store);
}

/* What a host of schema version 1 left. */
static void go_back_to_version_1(const char *folder)
{
    char *path = fixture_path(folder, "store.db");
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  FIXTURE_BACK_TO_2
                                  "DROP TRIGGER kept_more; DROP TRIGGER kept_otherwise;"
                                  "DROP TRIGGER kept_less; DROP TABLE kept;"
                                  "DROP INDEX jobs_by_end; DROP INDEX jobs_to_measure;"
                                  "ALTER TABLE jobs DROP COLUMN kept_bytes;"
                                  "PRAGMA user_version = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    (void)sqlite3_close(database);
    free(path);
}

static void jobs_of_an_older_version_are_counted_and_measured_later(void **state)
{
    struct store *store = fixture_open(*state);
    const struct store_query query = { .unmeasured = true, .oldest_first = true };

    insert_ended(store, "a", 1);
    job_record_free(fixture_insert(store, "b"));
    insert_ended(store, "c", 1);
    store_close(store);
    go_back_to_version_1(*state);
    store = fixture_open(*state);
    assert_kept(store, 2, 0);
    assert_listed(store, &query, "ac");
    measure(store, "c", 7);
    assert_kept(store, 2, 7);
    end(store, "b", 2);
    assert_kept(store, 3, 7);
    store_close(store);
}

int main(void)
{
#define STORE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(jobs_are_counted_from_their_end_until_they_are_forgotten),
        STORE_TEST(live_jobs_keep_nothing_that_counts),
        STORE_TEST(ended_jobs_are_listed_by_their_end_from_any_place),
        STORE_TEST(what_has_ended_is_to_be_measured_once),
        STORE_TEST(jobs_of_an_older_version_are_counted_and_measured_later),
    };

    return cmocka_run_group_tests_name("store_kept", tests, NULL, NULL);
}
