/* SPDX-License-Identifier: Apache-2.0 */
#include "job/id.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void only_dns_labels_of_at_most_50_characters_are_ids(void **state)
{
    char longest[JOB_ID_MAX + 2];

    (void)state;
    assert_true(job_id_valid("a"));
    assert_true(job_id_valid("0"));
    assert_true(job_id_valid("map-of-cities-2"));
    assert_false(job_id_valid(""));
    assert_false(job_id_valid("-a"));
    assert_false(job_id_valid("a-"));
    assert_false(job_id_valid("A"));
    assert_false(job_id_valid("a_b"));
    assert_false(job_id_valid("a.b"));
    assert_false(job_id_valid("../a"));
    assert_false(job_id_valid("a/b"));
    assert_false(job_id_valid("caf\xc3\xa9"));
    assert_false(job_id_valid("a\n"));

    memset(longest, 'x', sizeof(longest));
    longest[JOB_ID_MAX + 1] = '\0';
    assert_false(job_id_valid(longest));
    longest[JOB_ID_MAX] = '\0';
    assert_true(job_id_valid(longest));
}

static void made_ids_are_valid_distinct_and_ordered_by_time(void **state)
{
    char previous[JOB_ID_BYTES], next[JOB_ID_BYTES];

    (void)state;
    job_id_make(previous);
    for (int i = 0; i < 50; i++) {
        int64_t before_ms = clock_wall_ms();

        while (clock_wall_ms() == before_ms)
            ;
        job_id_make(next);
        assert_true(job_id_valid(next));
        assert_int_equal(strlen(next), 26);
        assert_true(strcmp(previous, next) < 0);
        memcpy(previous, next, sizeof(next));
    }
    for (int i = 0; i < 1000; i++) {
        job_id_make(next);
        assert_string_not_equal(previous, next);
        memcpy(previous, next, sizeof(next));
    }
}

static void the_first_ten_characters_are_the_time(void **state)
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    char id[JOB_ID_BYTES];
    int64_t value = 0;
    int64_t before_ms = clock_wall_ms();

    (void)state;
    job_id_make(id);
    for (int i = 0; i < 10; i++)
        value = value * 32 + (strchr(alphabet, id[i]) - alphabet);
    assert_in_range(value, before_ms, clock_wall_ms());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_dns_labels_of_at_most_50_characters_are_ids),
        cmocka_unit_test(made_ids_are_valid_distinct_and_ordered_by_time),
        cmocka_unit_test(the_first_ten_characters_are_the_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
