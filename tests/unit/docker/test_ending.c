/* SPDX-License-Identifier: Apache-2.0 */
/* How a run ended, from the engine's words and maps-init's record. */
#include "ending.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ATTEMPT = 3 };

static struct init_exit record_of(const char *cause, int wait_status)
{
    struct init_exit record = { .attempt = ATTEMPT, .wait_status = wait_status };

    strcpy(record.cause, cause);
    return record;
}

static struct result judge(const struct container_state *state, const struct init_exit *record,
                           enum stop_cause stop, bool marker)
{
    const struct ending ending = {
        .attempt = ATTEMPT, .state = state, .record = record, .marker = marker, .stop = stop
    };
    struct result result;

    ending_judge(&ending, &result);
    return result;
}

static void test_an_exit_code_of_137_is_not_a_signal(void **state)
{
    const struct container_state container = { .started = true, .exit_code = 137 };
    struct init_exit record = record_of("exited", 137 << 8);
    struct result result = judge(&container, &record, STOP_NONE, true);

    (void)state;
    assert_int_equal(result.cause, RESULT_ENDED);
    assert_int_equal(result.wait_status, 137 << 8);
}

static void test_a_record_that_does_not_fit_the_exit_code_is_not_believed(void **state)
{
    const struct container_state container = { .started = true, .exit_code = 7 };
    struct init_exit record = record_of("exited", 0);
    struct result result = judge(&container, &record, STOP_NONE, true);

    (void)state;
    assert_int_equal(result.cause, RESULT_ENDED);
    assert_int_equal(result.wait_status, 7 << 8);
}

static void test_a_record_of_another_attempt_is_not_believed(void **state)
{
    const struct container_state container = { .started = true, .exit_code = 0 };
    struct init_exit record = record_of("timeout", SIGKILL);
    struct result result;

    (void)state;
    record.attempt = ATTEMPT - 1;
    result = judge(&container, &record, STOP_NONE, true);
    assert_int_equal(result.cause, RESULT_ENDED);
}

static void test_a_kill_from_outside_is_lost(void **state)
{
    const struct container_state container = { .started = true, .exit_code = 137 };

    (void)state;
    assert_int_equal(judge(&container, NULL, STOP_NONE, true).cause, RESULT_LOST);
}

static void test_an_oom_kill_of_the_whole_is_oom(void **state)
{
    const struct container_state container = { .started = true,
                                               .exit_code = 137,
                                               .oom_killed = true };
    struct result result = judge(&container, NULL, STOP_NONE, true);

    (void)state;
    assert_int_equal(result.cause, RESULT_OOM);
    assert_int_equal(result.oom_kills, 1);
}

static void test_our_own_kills_have_their_reasons(void **state)
{
    const struct container_state container = { .started = true, .exit_code = 137 };

    (void)state;
    assert_int_equal(judge(&container, NULL, STOP_CANCEL, true).cause, RESULT_CANCELLED);
    assert_int_equal(judge(&container, NULL, STOP_DEADLINE, true).cause, RESULT_TIMEOUT);
}

static void test_what_ended_before_we_killed_it_keeps_its_end(void **state)
{
    const struct container_state container = { .started = true, .exit_code = 0 };
    struct init_exit record = record_of("exited", 0);

    (void)state;
    assert_int_equal(judge(&container, &record, STOP_DEADLINE, true).cause, RESULT_ENDED);
}

static void test_a_second_start_is_told(void **state)
{
    const struct container_state container = { .started = true, .exit_code = 122 };
    struct result result = judge(&container, NULL, STOP_NONE, true);

    (void)state;
    assert_int_equal(result.cause, RESULT_LOST);
    assert_non_null(strstr(result.message, "second time"));
}

static void test_an_init_that_failed_before_its_marker_started_nothing(void **state)
{
    const struct container_state container = { .started = true, .exit_code = 125 };

    (void)state;
    assert_int_equal(judge(&container, NULL, STOP_NONE, false).cause, RESULT_NOT_STARTED);
    assert_int_equal(judge(&container, NULL, STOP_NONE, true).cause, RESULT_ENDED);
}

static void test_a_container_that_is_gone_is_lost_unless_its_record_is_there(void **state)
{
    struct init_exit record = record_of("exited", 0);

    (void)state;
    assert_int_equal(judge(NULL, NULL, STOP_NONE, true).cause, RESULT_LOST);
    assert_int_equal(judge(NULL, &record, STOP_NONE, true).cause, RESULT_ENDED);
}

/* The engine gives it an exit code all the same. */
static void test_a_container_that_never_ran_has_not_run_the_script(void **state)
{
    const struct container_state container = { .exit_code = 127, .error = "no such file: /maps" };
    struct result result = judge(&container, NULL, STOP_NONE, false);

    (void)state;
    assert_int_equal(result.cause, RESULT_NOT_STARTED);
    assert_int_equal(result.wait_status, -1);
    assert_non_null(strstr(result.message, "no such file: /maps"));
}

/* A script that can write to its control folder gains nothing by forging a record. */
static void test_a_forged_limit_is_not_believed(void **state)
{
    const struct container_state container = { .started = true, .exit_code = 3 };
    const struct init_exit records[] = { record_of("timeout", SIGKILL),
                                         record_of("output_limit", SIGKILL),
                                         record_of("start_failed", -1) };

    (void)state;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct result result = judge(&container, &records[i], STOP_NONE, true);

        assert_int_equal(result.cause, RESULT_ENDED);
        assert_int_equal(result.wait_status, 3 << 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_exit_code_of_137_is_not_a_signal),
        cmocka_unit_test(test_a_record_that_does_not_fit_the_exit_code_is_not_believed),
        cmocka_unit_test(test_a_record_of_another_attempt_is_not_believed),
        cmocka_unit_test(test_a_kill_from_outside_is_lost),
        cmocka_unit_test(test_an_oom_kill_of_the_whole_is_oom),
        cmocka_unit_test(test_our_own_kills_have_their_reasons),
        cmocka_unit_test(test_what_ended_before_we_killed_it_keeps_its_end),
        cmocka_unit_test(test_a_second_start_is_told),
        cmocka_unit_test(test_an_init_that_failed_before_its_marker_started_nothing),
        cmocka_unit_test(test_a_container_that_is_gone_is_lost_unless_its_record_is_there),
        cmocka_unit_test(test_a_container_that_never_ran_has_not_run_the_script),
        cmocka_unit_test(test_a_forged_limit_is_not_believed),
    };

    return cmocka_run_group_tests_name("docker_ending", tests, NULL, NULL);
}
