/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void assert_text(int64_t wall_ms, const char *expected)
{
    char text[CLOCK_TEXT_BYTES];

    clock_format_ms(wall_ms, text);
    assert_string_equal(text, expected);
}

static void times_are_rfc_3339_in_utc_with_milliseconds(void **state)
{
    (void)state;
    assert_text(0, "1970-01-01T00:00:00.000Z");
    assert_text(INT64_C(1767323045678), "2026-01-02T03:04:05.678Z");
    assert_text(INT64_C(1709164799007), "2024-02-28T23:59:59.007Z");
    assert_text(INT64_C(1709164800000), "2024-02-29T00:00:00.000Z");
}

static void clocks_are_in_milliseconds_and_go_forward(void **state)
{
    int64_t wall_ms = clock_wall_ms(), monotonic_ms = clock_monotonic_ms();
    int64_t seconds = (int64_t)time(NULL);

    (void)state;
    /* time() is a tick behind at times. */
    assert_true(wall_ms / 1000 >= seconds - 2 && wall_ms / 1000 <= seconds + 1);
    while (clock_monotonic_ms() == monotonic_ms)
        ;
    assert_true(clock_monotonic_ms() > monotonic_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_rfc_3339_in_utc_with_milliseconds),
        cmocka_unit_test(clocks_are_in_milliseconds_and_go_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
