/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges and conditions, as RFC 9110 has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/file_answer.h"
#include "http/file_headers.h"

#include <string.h>

#define GIB (1024ull * 1024 * 1024)

/* ---- ranges ---- */

static void a_range_is_cut_to_what_there_is(void **state)
{
    static const struct {
        const char *range;
        uint64_t size, first, length;
    } cases[] = { { "bytes=0-0", 10, 0, 1 },
                  { "bytes=2-5", 10, 2, 4 },
                  { "bytes=9-9", 10, 9, 1 },
                  { "bytes=5-", 10, 5, 5 },
                  { "bytes=5-100", 10, 5, 5 },
                  { "bytes=0-18446744073709551615", 10, 0, 10 },
                  { "bytes=0-99999999999999999999999", 10, 0, 10 },
                  { "bytes=-3", 10, 7, 3 },
                  { "bytes=-100", 10, 0, 10 },
                  { "bytes=-99999999999999999999999", 10, 0, 10 },
                  { "Bytes= 2-5 ", 10, 2, 4 },
                  { "bytes=5368709120-", 8 * GIB, 5 * GIB, 3 * GIB },
                  { "bytes=-4294967297", 8 * GIB, 4 * GIB - 1, 4 * GIB + 1 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct byte_range part = { 0, 0 };

        if (range_find(cases[i].range, cases[i].size, &part) != RANGE_PART ||
            part.first != cases[i].first || part.length != cases[i].length)
            fail_msg("%s: from %llu, %llu bytes", cases[i].range, (unsigned long long)part.first,
                     (unsigned long long)part.length);
    }
}

static void what_is_no_single_range_asks_for_the_whole(void **state)
{
    static const char *const ranges[] = {
        "",          "bytes",     "bytes=",     "bytes=-",       "bytes=5",
        "bytes=a-b", "bytes=5-4", "bytes=5-4x", "bytes=0-1,3-4", "bytes=0-1, bytes=3-4",
        "bytes=-3,", "bytes=--3", "bytes=+1-3", "bytes=0x1-3",   "items=0-1",
        "bytes:0-1"
    };
    struct byte_range part;

    (void)state;
    assert_int_equal(range_find(NULL, 10, &part), RANGE_WHOLE);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (range_find(ranges[i], 10, &part) != RANGE_WHOLE)
            fail_msg("%s", ranges[i]);
    }
    assert_int_equal(range_find("bytes=-5", 0, &part), RANGE_WHOLE);
}

static void what_lies_beyond_the_end_is_outside(void **state)
{
    struct byte_range part;

    (void)state;
    assert_int_equal(range_find("bytes=10-", 10, &part), RANGE_OUTSIDE);
    assert_int_equal(range_find("bytes=10-20", 10, &part), RANGE_OUTSIDE);
    assert_int_equal(range_find("bytes=99999999999999999999-", 10, &part), RANGE_OUTSIDE);
    assert_int_equal(range_find("bytes=-0", 10, &part), RANGE_OUTSIDE);
    assert_int_equal(range_find("bytes=0-", 0, &part), RANGE_OUTSIDE);
}

/* ---- conditions ---- */

#define DATE "Fri, 02 Jan 2026 03:04:05 GMT"
#define EARLIER "Fri, 02 Jan 2026 03:04:04 GMT"
#define LATER "Fri, 02 Jan 2026 03:04:06 GMT"
enum { DATE_SECONDS = 1767323045 };
static const struct validators tagged = { "\"a\"", DATE_SECONDS };
static const struct validators unknown = { NULL, NO_DATE }; /* of a job that runs */

static void a_date_is_read_in_its_three_forms(void **state)
{
    static const char *const good[] = { DATE, "Friday, 02-Jan-26 03:04:05 GMT",
                                        "Fri Jan  2 03:04:05 2026" };
    static const char *const bad[] = { "", "yesterday", "2026-01-02T03:04:05Z", DATE " x",
                                       "\"a\"" };
    int64_t seconds;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(http_date_parse(good[i], &seconds));
        assert_int_equal(seconds, DATE_SECONDS);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(http_date_parse(bad[i], &seconds));
}

static void tags_decide_before_dates(void **state)
{
    const enum condition_verdict holds = CONDITION_HOLDS, same = CONDITION_NOT_MODIFIED,
                                 failed = CONDITION_FAILED;
    const struct {
        const struct validators *file;
        struct conditions asked;
        enum condition_verdict verdict;
    } cases[] = {
        { &tagged, { 0 }, holds },
        { &tagged, { .if_match = "\"a\"" }, holds },
        { &tagged, { .if_match = "\"b\", \"a\"" }, holds },
        { &tagged, { .if_match = "*" }, holds },
        { &tagged, { .if_match = "\"b\"" }, failed },
        { &tagged, { .if_match = "W/\"a\"" }, failed }, /* strong comparison */
        { &tagged, { .if_match = "a" }, failed },
        { &unknown, { .if_match = "\"a\"" }, failed },
        { &unknown, { .if_match = "*" }, holds },
        { &tagged, { .if_none_match = "\"a\"" }, same },
        { &tagged, { .if_none_match = "W/\"a\"" }, same }, /* weak comparison */
        { &tagged, { .if_none_match = "\"x,\" ,, \"a\"" }, same },
        { &tagged, { .if_none_match = "*" }, same },
        { &tagged, { .if_none_match = "\"b\"" }, holds },
        { &tagged, { .if_none_match = "\"x,\"a\"" }, holds }, /* no list of tags */
        { &tagged, { .if_none_match = "\"a" }, holds },
        { &unknown, { .if_none_match = "\"a\"" }, holds },
        { &tagged, { .if_modified_since = DATE }, same },
        { &tagged, { .if_modified_since = LATER }, same },
        { &tagged, { .if_modified_since = EARLIER }, holds },
        { &tagged, { .if_modified_since = "nonsense" }, holds },
        { &unknown, { .if_modified_since = LATER }, holds },
        { &tagged, { .if_unmodified_since = DATE }, holds },
        { &tagged, { .if_unmodified_since = EARLIER }, failed },
        { &tagged, { .if_unmodified_since = "nonsense" }, holds },
        /* a date beside a tag counts for nothing */
        { &tagged, { .if_none_match = "\"b\"", .if_modified_since = DATE }, holds },
        { &tagged, { .if_match = "\"a\"", .if_unmodified_since = EARLIER }, holds },
        /* what must hold comes first */
        { &tagged, { .if_match = "\"b\"", .if_none_match = "\"a\"" }, failed },
        { &tagged, { .if_match = "\"a\"", .if_none_match = "\"a\"" }, same },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (conditions_check(&cases[i].asked, cases[i].file) != cases[i].verdict)
            fail_msg("case %zu", i);
    }
}

static void a_range_of_another_file_is_not_given(void **state)
{
    static const struct {
        const struct validators *file;
        const char *if_range;
        bool given;
    } cases[] = { { &tagged, NULL, true },
                  { &tagged, "\"a\"", true },
                  { &tagged, "W/\"a\"", false },
                  { &tagged, "\"b\"", false },
                  { &tagged, "\"a\", \"b\"", false },
                  { &tagged, "*", false },
                  { &tagged, DATE, true },
                  { &tagged, LATER, false },
                  { &tagged, EARLIER, false },
                  { &unknown, NULL, true },
                  { &unknown, "\"a\"", false },
                  { &unknown, DATE, false } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct conditions asked = { .if_range = cases[i].if_range };

        if (conditions_let_range(&asked, cases[i].file) != cases[i].given)
            fail_msg("case %zu", i);
    }
}

/* ---- together ---- */

static void the_status_follows_from_conditions_and_range(void **state)
{
    static const struct {
        enum method method;
        struct conditions asked;
        const char *range;
        unsigned status;
    } cases[] = { { METHOD_GET, { 0 }, NULL, 200 },
                  { METHOD_GET, { 0 }, "bytes=1-2", 206 },
                  { METHOD_GET, { 0 }, "bytes=10-", 416 },
                  { METHOD_GET, { 0 }, "bytes=1-2,4-5", 200 },
                  { METHOD_HEAD, { 0 }, "bytes=1-2", 200 },
                  { METHOD_HEAD, { 0 }, "bytes=10-", 200 },
                  { METHOD_HEAD, { .if_none_match = "\"a\"" }, NULL, 304 },
                  { METHOD_GET, { .if_none_match = "\"a\"" }, "bytes=1-2", 304 },
                  { METHOD_GET, { .if_match = "\"b\"" }, "bytes=10-", 412 },
                  { METHOD_GET, { .if_range = "\"a\"" }, "bytes=1-2", 206 },
                  { METHOD_GET, { .if_range = "\"b\"" }, "bytes=1-2", 200 },
                  { METHOD_GET, { .if_range = "\"b\"" }, "bytes=10-", 200 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct file_answer answer =
            file_answer_find(cases[i].method, &cases[i].asked, cases[i].range, &tagged, 10);

        if (answer.status != cases[i].status)
            fail_msg("case %zu: %u", i, answer.status);
        if (answer.status == 200)
            assert_int_equal(answer.part.length, 10);
    }
}

static void only_a_file_that_cannot_change_any_more_is_vouched_for(void **state)
{
    struct stat status = { .st_ino = 7, .st_size = 10 };
    struct file_validators made, other;

    (void)state;
    status.st_mtim.tv_sec = DATE_SECONDS;
    status.st_ctim.tv_sec = DATE_SECONDS;
    file_validators_make(&status, false, DATE_SECONDS, &made);
    assert_null(made.validators.etag);
    assert_true(made.validators.modified_s == NO_DATE);
    file_validators_make(&status, true, DATE_SECONDS, &made);
    assert_int_equal(made.validators.etag[0], '"');
    assert_int_equal(made.validators.modified_s, DATE_SECONDS);
    status.st_ctim.tv_nsec = 1;
    file_validators_make(&status, true, DATE_SECONDS, &other);
    assert_string_not_equal(made.validators.etag, other.validators.etag);
    status.st_mtim.tv_sec = DATE_SECONDS + 1; /* a script set it into the future */
    file_validators_make(&status, true, DATE_SECONDS, &made);
    assert_true(made.validators.modified_s == NO_DATE);
}

static void headers_are_worded_as_the_standard_says(void **state)
{
    const struct byte_range part = { 5 * GIB, 10 };
    char date[HTTP_DATE_BYTES], range[CONTENT_RANGE_BYTES];

    (void)state;
    assert_true(http_date_format(DATE_SECONDS, date));
    assert_string_equal(date, DATE);
    content_range_format(&part, 8 * GIB, range);
    assert_string_equal(range, "bytes 5368709120-5368709129/8589934592");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_is_cut_to_what_there_is),
        cmocka_unit_test(what_is_no_single_range_asks_for_the_whole),
        cmocka_unit_test(what_lies_beyond_the_end_is_outside),
        cmocka_unit_test(a_date_is_read_in_its_three_forms),
        cmocka_unit_test(tags_decide_before_dates),
        cmocka_unit_test(a_range_of_another_file_is_not_given),
        cmocka_unit_test(the_status_follows_from_conditions_and_range),
        cmocka_unit_test(only_a_file_that_cannot_change_any_more_is_vouched_for),
        cmocka_unit_test(headers_are_worded_as_the_standard_says),
    };

    return cmocka_run_group_tests_name("http_file_answer", tests, NULL, NULL);
}
