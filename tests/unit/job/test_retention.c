/* SPDX-License-Identifier: Apache-2.0 */
/* Which ended jobs go, by age, count and bytes. */
#include "job/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NOW_MS = 1000000, JOBS = 5 };

/* Five jobs that ended 500, 400 ... 100 ms ago; each keeps ten bytes. */
static struct job_record *jobs[JOBS];
static const struct store_kept all = { JOBS, 10 * JOBS };
static enum retention_cause causes[JOBS];

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = job_record_new();
        assert_non_null(jobs[i]);
        jobs[i]->finished_ms = NOW_MS - 100 * (JOBS - i);
        jobs[i]->kept_bytes = 10;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < JOBS; i++)
        job_record_free(jobs[i]);
    return 0;
}

static size_t choose(struct retention_limits limits, struct store_kept kept)
{
    return retention_choose(&limits, NOW_MS, kept, jobs, JOBS, causes);
}

static void without_limits_all_are_kept(void **state)
{
    (void)state;
    assert_int_equal(choose((struct retention_limits){ 0 }, all), 0);
}

static void those_that_ended_too_long_ago_go(void **state)
{
    (void)state;
    assert_int_equal(choose((struct retention_limits){ .max_age_ms = 300 }, all), 2);
    assert_int_equal(causes[0], RETENTION_AGE);
    assert_int_equal(causes[1], RETENTION_AGE);
    assert_int_equal(choose((struct retention_limits){ .max_age_ms = 1 }, all), JOBS);
    assert_int_equal(choose((struct retention_limits){ .max_age_ms = 500 }, all), 0);
}

static void a_clock_set_back_makes_nothing_old(void **state)
{
    struct retention_limits limits = { .max_age_ms = 100 };

    (void)state;
    assert_int_equal(retention_choose(&limits, 0, all, jobs, JOBS, causes), 0);
    assert_int_equal(retention_left_ms(&limits, 0, NOW_MS), 101);
}

static void the_oldest_beyond_the_count_go(void **state)
{
    (void)state;
    assert_int_equal(choose((struct retention_limits){ .max_jobs = 2 }, all), 3);
    assert_int_equal(causes[2], RETENTION_COUNT);
    assert_int_equal(choose((struct retention_limits){ .max_jobs = JOBS }, all), 0);
}

static void those_behind_the_batch_count_too(void **state)
{
    const struct store_kept more = { 1000, 10000 };

    (void)state;
    assert_int_equal(choose((struct retention_limits){ .max_jobs = 998 }, more), 2);
    assert_int_equal(choose((struct retention_limits){ .max_jobs = 10 }, more), JOBS);
}

static void the_oldest_go_until_the_bytes_fit(void **state)
{
    (void)state;
    assert_int_equal(choose((struct retention_limits){ .max_bytes = 25 }, all), 3);
    assert_int_equal(causes[0], RETENTION_BYTES);
    assert_int_equal(choose((struct retention_limits){ .max_bytes = 50 }, all), 0);
    assert_int_equal(choose((struct retention_limits){ .max_bytes = 1 }, all), JOBS);
}

static void a_job_of_unknown_size_frees_nothing(void **state)
{
    const struct store_kept kept = { JOBS, 40 };

    (void)state;
    jobs[0]->kept_bytes = -1;
    assert_int_equal(choose((struct retention_limits){ .max_bytes = 30 }, kept), 2);
}

static void each_goes_for_the_first_limit_it_is_over(void **state)
{
    (void)state;
    assert_int_equal(
        choose((struct retention_limits){ .max_age_ms = 400, .max_jobs = 3, .max_bytes = 15 }, all),
        4);
    assert_int_equal(causes[0], RETENTION_AGE);
    assert_int_equal(causes[1], RETENTION_COUNT);
    assert_int_equal(causes[2], RETENTION_BYTES);
    assert_int_equal(causes[3], RETENTION_BYTES);
}

static void the_next_age_is_known_beforehand(void **state)
{
    const struct retention_limits limits = { .max_age_ms = 300 };

    (void)state;
    assert_int_equal(retention_left_ms(&limits, NOW_MS, NOW_MS - 100), 201);
    assert_int_equal(retention_left_ms(&limits, NOW_MS, NOW_MS - 300), 1);
    assert_int_equal(retention_left_ms(&limits, NOW_MS, NOW_MS - 301), 0);
    assert_true(retention_left_ms(&(struct retention_limits){ 0 }, NOW_MS, 0) == INT64_MAX);
}

int main(void)
{
#define POLICY_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        POLICY_TEST(without_limits_all_are_kept),
        POLICY_TEST(those_that_ended_too_long_ago_go),
        POLICY_TEST(a_clock_set_back_makes_nothing_old),
        POLICY_TEST(the_oldest_beyond_the_count_go),
        POLICY_TEST(those_behind_the_batch_count_too),
        POLICY_TEST(the_oldest_go_until_the_bytes_fit),
        POLICY_TEST(a_job_of_unknown_size_frees_nothing),
        POLICY_TEST(each_goes_for_the_first_limit_it_is_over),
        POLICY_TEST(the_next_age_is_known_beforehand),
    };

    return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
