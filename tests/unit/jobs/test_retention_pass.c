/* SPDX-License-Identifier: Apache-2.0 */
/* Retention on real rows and folders: what goes, what never does, and that nobody waits for it. */
#include "base/clock.h"
#include "base/log.h"
#include "house.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 60000, MANY = 100000 };

static struct house house;

static int set_up(void **state)
{
    (void)state;
    house_open(&house, 4, 100);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

static void reopen_with(uint64_t max_age_ms, uint64_t max_jobs, uint64_t max_bytes)
{
    house_stop(&house);
    house.settings.retention_max_age_ms = max_age_ms;
    house.settings.retention_max_jobs = max_jobs;
    house.settings.retention_max_bytes = max_bytes;
    house_start(&house);
}

static void submit(const char *id, const char *script)
{
    char body[256];
    struct job_record *record = NULL;

    (void)snprintf(body, sizeof(body), "{\"script_content\": \"%s\", \"job_id\": \"%s\"}", script,
                   id);
    struct error *err = house_submit(&house, body, NULL, &record);
    if (err != NULL)
        fail_msg("%s", err->message);
    job_record_free(record);
}

/* One after the other, so that they end in this order. */
static void run_to_the_end(const char *id, const char *script)
{
    submit(id, script);
    job_record_free(house_wait_end(&house, id));
}

static bool has_row(const char *id)
{
    struct job_record *record = NULL;
    struct error *err = store_wait_get(house.store, id, &record);

    job_record_free(record);
    if (err == NULL)
        return true;
    assert_int_equal(err->kind, ERROR_NOT_FOUND);
    error_free(err);
    return false;
}

static bool has_folder(const char *id)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/jobs/%s", house.data_dir, id);
    return access(path, F_OK) == 0;
}

static void await(bool (*reached)(const void *), const void *context)
{
    const struct timespec tick = { .tv_nsec = 5000000 };
    int64_t due_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!reached(context)) {
        if (clock_monotonic_ms() > due_ms)
            fail_msg("retention has not come that far in time");
        (void)nanosleep(&tick, NULL);
    }
}

static bool is_gone(const void *id)
{
    return !has_row(id) && !has_folder(id);
}

static bool are_kept(const void *jobs)
{
    struct store_kept kept;

    assert_null(store_wait_kept(house.store, &kept));
    return kept.jobs == *(const uint64_t *)jobs;
}

static bool are_measured(const void *unused)
{
    const struct store_query query = { .unmeasured = true, .limit = 1 };
    struct job_record **records = NULL;
    size_t count = 0;

    (void)unused;
    assert_null(store_wait_list(house.store, &query, &records, &count));
    store_list_free(records, count);
    return count == 0;
}

static void the_jobs_that_ended_first_go_when_there_are_too_many(void **state)
{
    (void)state;
    reopen_with(0, 2, 0);
    run_to_the_end("one", "exit 0");
    run_to_the_end("two", "exit 1");
    run_to_the_end("three", "exit 0");
    await(is_gone, "one");
    assert_true(has_row("two") && has_folder("two"));
    assert_true(has_row("three") && has_folder("three"));
}

static void jobs_that_have_not_ended_are_never_touched(void **state)
{
    (void)state;
    house.settings.job_concurrency = 2;
    reopen_with(1, 1, 1);
    submit("running", "wait");
    job_record_free(house_wait_status(&house, "running", JOB_RUNNING));
    for (int i = 0; i < 5; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "ended-%d", i);
        run_to_the_end(id, "exit 0");
    }
    submit("running-too", "wait");
    job_record_free(house_wait_status(&house, "running-too", JOB_RUNNING));
    submit("queued", "exit 0");
    await(are_kept, &(uint64_t){ 0 });
    job_record_free(house_wait_status(&house, "running", JOB_RUNNING));
    job_record_free(house_wait_status(&house, "queued", JOB_QUEUED));
    assert_true(has_folder("running") && has_folder("running-too") && has_folder("queued"));
    assert_int_equal(house_starts(&house, "running"), 1);
    assert_null(house_cancel(&house, "running"));
    assert_null(house_cancel(&house, "running-too"));
    await(is_gone, "running");
    await(is_gone, "queued");
}

static void each_job_is_measured_once_it_has_ended(void **state)
{
    struct job_record *record = NULL;

    (void)state;
    run_to_the_end("big", "fill");
    run_to_the_end("small", "exit 0");
    await(are_measured, NULL);
    assert_null(store_wait_get(house.store, "big", &record));
    assert_true(record->kept_bytes >= 2 << 20);
    job_record_free(record);
    assert_null(store_wait_get(house.store, "small", &record));
    assert_true(record->kept_bytes > 0 && record->kept_bytes < 1 << 20);
    job_record_free(record);
}

static void the_jobs_that_ended_first_go_when_they_take_too_much(void **state)
{
    (void)state;
    reopen_with(0, 0, 3 << 20);
    run_to_the_end("first", "fill");
    run_to_the_end("second", "exit 0");
    run_to_the_end("third", "fill");
    await(is_gone, "first");
    assert_true(has_row("second") && has_row("third"));
}

static void a_job_goes_when_it_is_old_without_any_event(void **state)
{
    (void)state;
    reopen_with(2000, 0, 0);
    run_to_the_end("old", "exit 0");
    assert_true(has_row("old"));
    await(is_gone, "old");
}

static void what_is_still_on_an_engine_stays_until_it_is_not(void **state)
{
    char debt[256];

    (void)state;
    reopen_with(0, 1, 0);
    run_to_the_end("owing", "owing");
    run_to_the_end("other", "exit 0");
    run_to_the_end("last", "exit 0");
    await(is_gone, "other");
    assert_true(has_row("owing") && has_folder("owing"));
    assert_true(has_row("last"));
    (void)snprintf(debt, sizeof(debt), "%s/jobs/owing/output/debt", house.data_dir);
    assert_int_equal(unlink(debt), 0);
    reopen_with(0, 1, 0);
    await(is_gone, "owing");
    assert_true(has_row("last") && has_folder("last"));
}

static void a_crash_in_between_leaves_a_folder_that_the_next_start_removes(void **state)
{
    (void)state;
    run_to_the_end("half", "exit 0");
    assert_null(store_wait_delete(house.store, "half"));
    assert_true(has_folder("half"));
    house_reopen(&house);
    await(is_gone, "half");
}

/* Rows of jobs that ended long ago, as if they had run. */
static void add_many_rows(void)
{
    char path[128], sql[1024];
    sqlite3 *database = NULL;

    (void)snprintf(path, sizeof(path), "%s/store.db", house.data_dir);
    (void)snprintf(
        sql, sizeof(sql),
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO jobs (id, status, reason, exit_code, signal, runtime, spec, labels, priority,"
        " timeout_ms, limit_cpu_millis, limit_memory_bytes, limit_pids, limit_disk_bytes,"
        " limit_output_bytes, limits_required, limits_best_effort, attempt, start_attempted,"
        " cancel_requested, logs_truncated, logs_damaged, cleanup_pending, created_ms, started_ms,"
        " finished_ms, timing_queued_ms, timing_prepare_ms, timing_start_ms, timing_run_ms,"
        " timing_collect_ms, kept_bytes) "
        "SELECT 'old-' || i, 3, 1, 0, 0, 'fake', '{}', '{}', 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0,"
        " 0, 0, 1, 1, 1 + i, 1, 1, 1, 1, 1, 4096 FROM n",
        MANY);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(database));
    (void)sqlite3_close(database);
}

static int compare(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

    return one < other ? -1 : one > other;
}

/* How long a submission takes, the median of many. */
static int64_t submission_ms(const char *prefix)
{
    enum { SAMPLES = 50 };
    int64_t samples[SAMPLES];

    for (int i = 0; i < SAMPLES; i++) {
        char id[32];
        int64_t before_ms = clock_monotonic_ms();

        (void)snprintf(id, sizeof(id), "%s-%d", prefix, i);
        submit(id, "exit 0");
        samples[i] = clock_monotonic_ms() - before_ms;
        job_record_free(house_wait_end(&house, id));
    }
    qsort(samples, SAMPLES, sizeof(samples[0]), compare);
    return samples[SAMPLES / 2];
}

static void nobody_waits_while_a_hundred_thousand_jobs_go(void **state)
{
    /* A few milliseconds where the disk is quick; this is also run where it is not. */
    enum { BOUND_MS = 100 };
    struct store_kept kept;

    (void)state;
    int64_t quiet_ms = submission_ms("quiet");
    house_stop(&house);
    add_many_rows();
    house.settings.retention_max_jobs = 200;
    house_start(&house);
    int64_t busy_ms = submission_ms("busy");
    assert_null(store_wait_kept(house.store, &kept));
    print_message("a submission takes %lld ms, during retention %lld ms (%llu jobs still to go)\n",
                  (long long)quiet_ms, (long long)busy_ms, (unsigned long long)kept.jobs - 200);
    assert_true(kept.jobs > 200); /* or nothing was measured */
    assert_true(busy_ms - quiet_ms < BOUND_MS);
}

int main(void)
{
#define WITH_HOUSE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_HOUSE(the_jobs_that_ended_first_go_when_there_are_too_many),
        WITH_HOUSE(jobs_that_have_not_ended_are_never_touched),
        WITH_HOUSE(each_job_is_measured_once_it_has_ended),
        WITH_HOUSE(the_jobs_that_ended_first_go_when_they_take_too_much),
        WITH_HOUSE(a_job_goes_when_it_is_old_without_any_event),
        WITH_HOUSE(what_is_still_on_an_engine_stays_until_it_is_not),
        WITH_HOUSE(a_crash_in_between_leaves_a_folder_that_the_next_start_removes),
        WITH_HOUSE(nobody_waits_while_a_hundred_thousand_jobs_go),
    };

    return cmocka_run_group_tests_name("retention_pass", tests, NULL, NULL);
}
