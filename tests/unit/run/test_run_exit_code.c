/* SPDX-License-Identifier: Apache-2.0 */
#include "run/exit_code.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_script_that_exited_gives_its_own_code(void **state)
{
    (void)state;
    for (int code = 0; code < 256; code++)
        assert_int_equal(run_exit_code("exited", code, 0), code);
}

static void a_signal_is_told_as_shells_do(void **state)
{
    (void)state;
    assert_int_equal(run_exit_code("signaled", -1, 11), 139);
    assert_int_equal(run_exit_code("oom", -1, 9), 137);
    assert_int_equal(run_exit_code("oom", -1, 0), 137);
}

static void what_stopped_it_has_a_code_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(run_exit_code("timeout", -1, 0), 124);
    assert_int_equal(run_exit_code("cancelled", -1, 0), 130);
    assert_int_equal(run_exit_code("output_limit", -1, 0), 153);
}

static void everything_else_is_the_runtimes_fault(void **state)
{
    static const char *const reasons[] = {
        "image_unavailable",   "unschedulable", "evicted", "rejected", "runtime_lost", "",
        "runtime_unavailable", "of the future"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        assert_int_equal(run_exit_code(reasons[i], -1, 0), 125);
}

static void an_error_is_the_callers_or_the_runtimes(void **state)
{
    (void)state;
    assert_int_equal(run_exit_code_of_error(-EINVAL), 2);
    assert_int_equal(run_exit_code_of_error(-E2BIG), 2);
    assert_int_equal(run_exit_code_of_error(-EEXIST), 2);
    assert_int_equal(run_exit_code_of_error(-EAGAIN), 125);
    assert_int_equal(run_exit_code_of_error(-ENOSPC), 125);
    assert_int_equal(run_exit_code_of_error(-EIO), 125);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_that_exited_gives_its_own_code),
        cmocka_unit_test(a_signal_is_told_as_shells_do),
        cmocka_unit_test(what_stopped_it_has_a_code_of_its_own),
        cmocka_unit_test(everything_else_is_the_runtimes_fault),
        cmocka_unit_test(an_error_is_the_callers_or_the_runtimes),
    };

    return cmocka_run_group_tests_name("run_exit_code", tests, NULL, NULL);
}
