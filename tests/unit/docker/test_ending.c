/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ending.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_3 = 3 << 8 };

static struct container_state exited(int code)
{
    return (struct container_state){ .started = true, .exit_code = code };
}

static struct init_exit recorded(const char *cause, int wait_status)
{
    struct init_exit record = { .attempt = 1, .wait_status = wait_status };

    (void)snprintf(record.cause, sizeof(record.cause), "%s", cause);
    return record;
}

static struct result judge(const struct ending *ending)
{
    struct result result;

    ending_judge(ending, &result);
    assert_int_equal(result.attempt, ending->attempt);
    return result;
}

static void assert_says(const struct result *result, const char *part)
{
    if (strstr(result->message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", result->message, part);
}

static void a_record_that_fits_the_exit_code_is_believed(void **state)
{
    const struct container_state engine = exited(3);
    const struct init_exit record = recorded("exited", EXIT_3);
    const struct ending ending = {
        .attempt = 1, .state = &engine, .record = &record, .marker = true
    };
    const struct result result = judge(&ending);

    (void)state;
    assert_int_equal(result.cause, RESULT_ENDED);
    assert_int_equal(result.wait_status, EXIT_3);
    assert_string_equal(result.message, "");
}

static void a_record_that_the_engine_contradicts_is_forged(void **state)
{
    const struct container_state engine = exited(3);
    const struct init_exit records[] = { recorded("exited", 0), recorded("timeout", SIGKILL),
                                         recorded("output_limit", SIGKILL) };

    (void)state;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        const struct ending ending = {
            .attempt = 1, .state = &engine, .record = &records[i], .marker = true
        };
        const struct result result = judge(&ending);

        assert_int_equal(result.cause, RESULT_ENDED);
        assert_int_equal(result.wait_status, EXIT_3);
        assert_says(&result, "no record");
    }
}

static void a_record_of_another_attempt_counts_for_nothing(void **state)
{
    const struct container_state engine = exited(0);
    const struct init_exit record = recorded("exited", 0);
    const struct ending ending = { .attempt = 2, .state = &engine, .record = &record };

    (void)state;
    const struct result result = judge(&ending);

    assert_int_equal(result.cause, RESULT_ENDED);
    assert_says(&result, "no record");
}

static void causes_of_maps_init_are_passed_on(void **state)
{
    static const struct {
        const char *cause;
        int wait_status, code;
        enum result_cause expected;
    } cases[] = {
        { "timeout", SIGKILL, 124, RESULT_TIMEOUT },
        { "output_limit", SIGKILL, 123, RESULT_OUTPUT_LIMIT },
        { "start_failed", -1, 126, RESULT_UNSTARTABLE },
        { "exited", SIGSEGV, 128 + SIGSEGV, RESULT_ENDED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct container_state engine = exited(cases[i].code);
        const struct init_exit record = recorded(cases[i].cause, cases[i].wait_status);
        const struct ending ending = {
            .attempt = 1, .state = &engine, .record = &record, .marker = true
        };

        assert_int_equal(judge(&ending).cause, cases[i].expected);
    }
}

static void a_container_that_is_gone_is_judged_by_its_record(void **state)
{
    const struct init_exit record = recorded("exited", EXIT_3);
    struct ending ending = { .attempt = 1, .record = &record, .marker = true };
    struct result result = judge(&ending);

    (void)state;
    assert_int_equal(result.cause, RESULT_ENDED);
    assert_int_equal(result.wait_status, EXIT_3);
    ending.record = NULL;
    result = judge(&ending);
    assert_int_equal(result.cause, RESULT_LOST);
    assert_says(&result, "removed from outside");
}

static void what_we_killed_ended_for_our_reason(void **state)
{
    const struct container_state engine = exited(137);
    struct ending ending = { .attempt = 1, .state = &engine, .marker = true, .stop = STOP_CANCEL };

    (void)state;
    assert_int_equal(judge(&ending).cause, RESULT_CANCELLED);
    ending.stop = STOP_DEADLINE;
    assert_int_equal(judge(&ending).cause, RESULT_TIMEOUT);
    ending.stop = STOP_NONE;
    assert_int_equal(judge(&ending).cause, RESULT_LOST);
    ending.state = NULL;
    ending.stop = STOP_CANCEL;
    assert_int_equal(judge(&ending).cause, RESULT_CANCELLED);
}

static void memory_is_the_reason_if_the_engine_says_so(void **state)
{
    struct container_state engine = exited(137);
    const struct init_exit record = recorded("exited", SIGKILL);
    struct ending ending = { .attempt = 1, .state = &engine, .marker = true };

    (void)state;
    engine.oom_killed = true;
    assert_int_equal(judge(&ending).cause, RESULT_OOM);
    ending.record = &record;
    const struct result result = judge(&ending);

    assert_int_equal(result.cause, RESULT_ENDED);
    assert_int_equal(result.oom_kills, 1);
}

static void a_second_start_by_the_engine_is_no_end_of_the_script(void **state)
{
    const struct container_state engine = exited(122);
    const struct ending ending = { .attempt = 1, .state = &engine, .marker = true };
    const struct result result = judge(&ending);

    (void)state;
    assert_int_equal(result.cause, RESULT_LOST);
    assert_says(&result, "second time");
}

static void maps_inits_own_failure_before_the_script_is_no_start(void **state)
{
    const struct container_state engine = exited(125);
    struct ending ending = { .attempt = 1, .state = &engine };
    const struct result result = judge(&ending);

    (void)state;
    assert_int_equal(result.cause, RESULT_NOT_STARTED);
    ending.marker = true;
    assert_int_equal(judge(&ending).cause, RESULT_ENDED);
}

/* The engine gives it an exit code all the same. */
static void a_container_that_never_ran_has_not_run_the_script(void **state)
{
    const struct container_state engine = { .exit_code = 127, .error = "no such file: /maps" };
    const struct ending ending = { .attempt = 1, .state = &engine };
    const struct result result = judge(&ending);

    (void)state;
    assert_int_equal(result.cause, RESULT_NOT_STARTED);
    assert_int_equal(result.wait_status, -1);
    assert_says(&result, "no such file: /maps");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_that_fits_the_exit_code_is_believed),
        cmocka_unit_test(a_record_that_the_engine_contradicts_is_forged),
        cmocka_unit_test(a_record_of_another_attempt_counts_for_nothing),
        cmocka_unit_test(causes_of_maps_init_are_passed_on),
        cmocka_unit_test(a_container_that_is_gone_is_judged_by_its_record),
        cmocka_unit_test(what_we_killed_ended_for_our_reason),
        cmocka_unit_test(memory_is_the_reason_if_the_engine_says_so),
        cmocka_unit_test(a_second_start_by_the_engine_is_no_end_of_the_script),
        cmocka_unit_test(maps_inits_own_failure_before_the_script_is_no_start),
        cmocka_unit_test(a_container_that_never_ran_has_not_run_the_script),
    };

    return cmocka_run_group_tests_name("ending", tests, NULL, NULL);
}
