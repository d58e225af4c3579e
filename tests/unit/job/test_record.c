/* SPDX-License-Identifier: Apache-2.0 */
#include "job/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void names_of_statuses_can_be_read_back(void **state)
{
    (void)state;
    for (int i = JOB_QUEUED; i <= JOB_LOST; i++) {
        enum job_status read;

        assert_true(job_status_parse(job_status_name((enum job_status)i), &read));
        assert_int_equal(read, i);
    }
    assert_string_equal(job_status_name(JOB_CANCELLED), "cancelled");
    enum job_status untouched = JOB_RUNNING;
    assert_false(job_status_parse("canceled", &untouched));
    assert_false(job_status_parse("", &untouched));
    assert_int_equal(untouched, JOB_RUNNING);
}

static void reasons_have_the_names_users_see(void **state)
{
    static const char *const expected[] = {
        NULL,
        "exited",
        "signaled",
        "oom",
        "output_limit",
        "timeout",
        "cancelled",
        "image_unavailable",
        "unschedulable",
        "evicted",
        "rejected",
        "runtime_unavailable",
        "runtime_lost",
        NULL,
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        if (expected[i] == NULL)
            assert_null(job_reason_name(i));
        else
            assert_string_equal(job_reason_name(i), expected[i]);
    }
    assert_null(job_reason_name(UINT32_MAX));
}

static void status_follows_from_reason_and_exit_code(void **state)
{
    (void)state;
    assert_int_equal(job_status_for(MAPS_REASON_EXITED, 0), JOB_SUCCESS);
    assert_int_equal(job_status_for(MAPS_REASON_EXITED, 137), JOB_ERROR);
    assert_int_equal(job_status_for(MAPS_REASON_SIGNALED, -1), JOB_ERROR);
    assert_int_equal(job_status_for(MAPS_REASON_OOM, -1), JOB_ERROR);
    assert_int_equal(job_status_for(MAPS_REASON_OUTPUT_LIMIT, -1), JOB_ERROR);
    assert_int_equal(job_status_for(MAPS_REASON_TIMEOUT, -1), JOB_TIMEOUT);
    assert_int_equal(job_status_for(MAPS_REASON_CANCELLED, -1), JOB_CANCELLED);
    for (uint32_t i = MAPS_REASON_IMAGE_UNAVAILABLE; i <= MAPS_REASON_RUNTIME_LOST + 1; i++)
        assert_int_equal(job_status_for(i, 0), JOB_LOST);
}

static bool expected_transition(int from, int to)
{
    if (from >= JOB_SUCCESS)
        return false;
    if (to >= JOB_SUCCESS)
        return true;
    return (from == JOB_QUEUED && to == JOB_STARTING) ||
           (from == JOB_STARTING && (to == JOB_RUNNING || to == JOB_QUEUED));
}

static void transitions_only_go_forward_and_terminal_is_final(void **state)
{
    (void)state;
    for (int from = JOB_QUEUED; from <= JOB_LOST; from++) {
        assert_int_equal(job_status_terminal((enum job_status)from), from >= JOB_SUCCESS);
        for (int to = JOB_QUEUED; to <= JOB_LOST; to++)
            assert_int_equal(job_transition_allowed((enum job_status)from, (enum job_status)to),
                             expected_transition(from, to));
    }
}

static void a_new_record_says_that_nothing_is_known(void **state)
{
    struct job_record *record = job_record_new();

    (void)state;
    assert_non_null(record);
    assert_int_equal(record->status, JOB_QUEUED);
    assert_int_equal(record->exit_code, -1);
    assert_int_equal(record->timings.queued, -1);
    assert_int_equal(record->timings.collect, -1);
    assert_int_equal(record->limits.size, sizeof(struct maps_limits));
    assert_string_equal(record->handle, "");
    job_record_free(record);
    job_record_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_statuses_can_be_read_back),
        cmocka_unit_test(reasons_have_the_names_users_see),
        cmocka_unit_test(status_follows_from_reason_and_exit_code),
        cmocka_unit_test(transitions_only_go_forward_and_terminal_is_final),
        cmocka_unit_test(a_new_record_says_that_nothing_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
