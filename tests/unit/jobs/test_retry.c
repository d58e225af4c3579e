/* SPDX-License-Identifier: Apache-2.0 */
#include "job/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void delays_double_up_to_the_most(void **state)
{
    (void)state;
    assert_int_equal(retry_delay_ms(1, 500, 30000, 0), 500);
    assert_int_equal(retry_delay_ms(2, 500, 30000, 0), 1000);
    assert_int_equal(retry_delay_ms(4, 500, 30000, 0), 4000);
    assert_int_equal(retry_delay_ms(50, 500, 30000, 0), 30000);
}

static void jitter_never_takes_more_than_half(void **state)
{
    (void)state;
    for (uint32_t random = 0; random < 5000; random++) {
        int64_t delay = retry_delay_ms(3, 500, 30000, random);
        assert_in_range(delay, 1000, 2000);
    }
}

static void a_possible_start_is_never_repeated(void **state)
{
    (void)state;
    for (uint32_t attempts = 0; attempts < 5; attempts++) {
        assert_false(retry_start(true, true, attempts, 100));
        assert_false(retry_start(true, false, attempts, 100));
    }
}

static void an_absent_runtime_is_waited_for(void **state)
{
    (void)state;
    assert_true(retry_start(false, false, 1000, 3));
}

static void a_present_runtime_gets_its_tries(void **state)
{
    (void)state;
    assert_true(retry_start(false, true, 3, 3));
    assert_false(retry_start(false, true, 4, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_up_to_the_most),
        cmocka_unit_test(jitter_never_takes_more_than_half),
        cmocka_unit_test(a_possible_start_is_never_repeated),
        cmocka_unit_test(an_absent_runtime_is_waited_for),
        cmocka_unit_test(a_present_runtime_gets_its_tries),
    };

    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
