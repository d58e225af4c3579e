/* SPDX-License-Identifier: Apache-2.0 */
/* Checking, copying and compacting a store, also one that is open and busy. */
#include "fixture.h"
#include "store/maintenance.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void run(const char *path, const char *sql)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    (void)sqlite3_close(database);
}

static int number(const char *path, const char *sql)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int value = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(database);
    return value;
}

static void make_folder(const char *folder, const char *name)
{
    char *path = fixture_path(folder, name);

    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
}

/* The sentences of a check, one a line. */
static void append_line(void *context, const char *sentence)
{
    char *text = context;
    size_t used = strlen(text);

    (void)snprintf(text + used, 4096 - used, "%s\n", sentence);
}

static char *findings(const char *folder)
{
    char *text = calloc(1, 4096);
    struct error *err = store_check(folder, append_line, text);

    if (err != NULL)
        fail_msg("%s", err->message);
    return text;
}

static void expect_finding(const char *folder, const char *words)
{
    char *text = findings(folder);

    if (words[0] == '\0' ? text[0] != '\0' : strstr(text, words) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", text, words);
    free(text);
}

static void a_store_in_order_has_no_findings(void **state)
{
    struct store *store = fixture_open(*state);

    make_folder(*state, "jobs");
    make_folder(*state, "jobs/a");
    job_record_free(fixture_insert(store, "a"));
    expect_finding(*state, ""); /* while it is open */
    store_close(store);
    expect_finding(*state, "");
}

static void jobs_and_folders_that_do_not_belong_together_are_named(void **state)
{
    struct store *store = fixture_open(*state);

    make_folder(*state, "jobs");
    make_folder(*state, "jobs/b");
    make_folder(*state, "jobs/orphan");
    job_record_free(fixture_insert(store, "a"));
    job_record_free(fixture_insert(store, "b"));
    expect_finding(*state, "The job a (queued) has no folder");
    store_close(store);
    expect_finding(*state, "The folder jobs/orphan belongs to no job");
}

static void what_is_wrong_inside_is_named(void **state)
{
    char *path = fixture_path(*state, "store.db");

    store_close(fixture_open(*state));
    run(path, "UPDATE kept SET jobs = 5");
    expect_finding(*state, "does not agree");
    run(path, "UPDATE kept SET jobs = 0; DELETE FROM meta WHERE key = 'owner'");
    expect_finding(*state, "no owner label");
    run(path, "PRAGMA user_version = 1000");
    expect_finding(*state, "schema version 1000");
    free(path);
}

static void no_store_is_not_a_store_in_order(void **state)
{
    struct store_sizes sizes;
    char text[4096] = "";
    char *file = fixture_path(*state, "backup");

    fixture_expect_error(store_check(*state, append_line, text), ERROR_NOT_FOUND, "no store");
    fixture_expect_error(store_backup(*state, file), ERROR_NOT_FOUND, "no store");
    fixture_expect_error(store_compact(*state, &sizes), ERROR_NOT_FOUND, "no store");
    free(file);
}

/* Overwrites the middle of the file, where rows and indexes are. */
static void damage(const char *path)
{
    char garbage[4096];
    struct stat st;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    memset(garbage, 0xa5, sizeof(garbage));
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    for (off_t at = 4096; at + 4096 <= st.st_size; at += 8192)
        assert_int_equal(pwrite(fd, garbage, sizeof(garbage), at), sizeof(garbage));
    (void)close(fd);
}

static void a_damaged_store_is_named_and_not_backed_up(void **state)
{
    char *path = fixture_path(*state, "store.db"), *file = fixture_path(*state, "backup");

    store_close(fixture_open(*state));
    damage(path);
    expect_finding(*state, "damaged");
    struct error *err = store_backup(*state, file);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_STORAGE);
    error_free(err);
    assert_int_not_equal(access(file, F_OK), 0);
    free(path);
    free(file);
}

static void a_backup_of_an_open_store_is_one_whole_file(void **state)
{
    struct store *store = fixture_open(*state);
    char *file = fixture_path(*state, "backup"), *partial = fixture_path(*state, "backup.partial");
    struct stat st;

    job_record_free(fixture_insert(store, "a"));
    job_record_free(fixture_insert(store, "b"));
    assert_null(store_backup(*state, file));
    store_close(store);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(number(file, "SELECT count(*) FROM jobs"), 2);
    assert_int_equal(number(file, "SELECT journal_mode = 'delete' FROM pragma_journal_mode"), 1);
    assert_int_not_equal(access(partial, F_OK), 0);
    free(file);
    free(partial);
}

static void a_file_that_is_there_is_not_overwritten(void **state)
{
    char *file = fixture_path(*state, "backup");

    store_close(fixture_open(*state));
    assert_null(store_backup(*state, file));
    fixture_expect_error(store_backup(*state, file), ERROR_CONFLICT, "there already");
    free(file);
}

static void a_backup_becomes_a_store_again(void **state)
{
    struct store *store = fixture_open(*state);
    char *file = fixture_path(*state, "backup"), *path = fixture_path(*state, "store.db");
    char owner[64];

    job_record_free(fixture_insert(store, "a"));
    (void)snprintf(owner, sizeof(owner), "%s", store_owner(store));
    assert_null(store_backup(*state, file));
    job_record_free(fixture_insert(store, "later"));
    store_close(store);
    assert_int_equal(rename(file, path), 0);
    store = fixture_open(*state);
    assert_string_equal(store_owner(store), owner);
    assert_int_equal(fixture_status(store, "a"), JOB_QUEUED);
    struct job_record *record = NULL;
    fixture_expect_error(store_wait_get(store, "later", &record), ERROR_NOT_FOUND, "later");
    store_close(store);
    free(file);
    free(path);
}

/* ---- a store that is written to all the time ---- */

struct writer {
    struct store *store;
    atomic_bool stop;
    atomic_int written;
};

static void *write_always(void *context)
{
    struct writer *writer = context;
    char padding[4096];

    memset(padding, 'x', sizeof(padding) - 1);
    padding[sizeof(padding) - 1] = '\0';
    while (!atomic_load(&writer->stop)) {
        struct job_record *record = job_record_new();
        (void)snprintf(record->id, sizeof(record->id), "job-%06d", atomic_load(&writer->written));
        record->spec = strdup(padding);
        struct error *err = store_wait_insert(writer->store, record, &record);
        if (err != NULL)
            abort();
        job_record_free(record);
        atomic_fetch_add(&writer->written, 1);
    }
    return NULL;
}

static void copies_of_a_busy_store_are_whole_and_of_one_moment(void **state)
{
    enum { COPIES = 10 };
    struct writer writer = { .store = fixture_open(*state) };
    char *file = fixture_path(*state, "backup");
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, write_always, &writer), 0);
    for (int i = 0; i < COPIES; i++) {
        int before = atomic_load(&writer.written);
        assert_null(store_backup(*state, file));
        int after = atomic_load(&writer.written) + 1;
        int copied = number(file, "SELECT count(*) FROM jobs");
        assert_true(copied >= before && copied <= after);
        /* none is missing in between */
        assert_int_equal(number(file, "SELECT max(sequence) FROM jobs"), copied);
        assert_int_equal(unlink(file), 0);
    }
    atomic_store(&writer.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    store_close(writer.store);
    free(file);
}

static void compacting_gives_back_what_forgotten_jobs_took(void **state)
{
    enum { JOBS = 1000 };
    struct store *store = fixture_open(*state);
    struct store_sizes sizes;
    char id[32];

    job_record_free(fixture_insert(store, "stays"));
    for (int i = 0; i < JOBS; i++) {
        (void)snprintf(id, sizeof(id), "job-%d", i);
        job_record_free(fixture_insert(store, id));
        assert_true(fixture_move(store, id, IN(JOB_QUEUED), JOB_CANCELLED));
    }
    for (int i = 0; i < JOBS; i++) {
        (void)snprintf(id, sizeof(id), "job-%d", i);
        assert_null(store_wait_delete(store, id));
    }
    fixture_expect_error(store_compact(*state, &sizes), ERROR_UNAVAILABLE, "in use by process");
    store_close(store);
    assert_null(store_compact(*state, &sizes));
    assert_true(sizes.after < sizes.before / 2);
    store = fixture_open(*state);
    assert_int_equal(fixture_status(store, "stays"), JOB_QUEUED);
    store_close(store);
}

int main(void)
{
#define STORE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_store_in_order_has_no_findings),
        STORE_TEST(jobs_and_folders_that_do_not_belong_together_are_named),
        STORE_TEST(what_is_wrong_inside_is_named),
        STORE_TEST(no_store_is_not_a_store_in_order),
        STORE_TEST(a_damaged_store_is_named_and_not_backed_up),
        STORE_TEST(a_backup_of_an_open_store_is_one_whole_file),
        STORE_TEST(a_file_that_is_there_is_not_overwritten),
        STORE_TEST(a_backup_becomes_a_store_again),
        STORE_TEST(copies_of_a_busy_store_are_whole_and_of_one_moment),
        STORE_TEST(compacting_gives_back_what_forgotten_jobs_took),
    };

    return cmocka_run_group_tests_name("maintenance", tests, NULL, NULL);
}
