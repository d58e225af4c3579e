/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts: numbers, addresses, names, suggestions, integers libconfig cuts off. */
#include "config/address.h"
#include "config/environment.h"
#include "config/integer_scan.h"
#include "config/nearest.h"
#include "config/text_checks.h"
#include "config/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void integers_are_decimal_and_whole(void **state)
{
    static const char *const wrong[] = {
        "", "x", "1x", " 1", "+1", "1.5", "0x1", "1 ", "--1", "-", "9223372036854775808"
    };
    int64_t number = 0;

    (void)state;
    assert_true(value_parse_int("-9223372036854775808", &number));
    assert_true(number == INT64_MIN);
    assert_true(value_parse_int("007", &number));
    assert_true(number == 7);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(value_parse_int(wrong[i], &number));
}

static void bytes_take_suffixes_of_1024(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } right[] = {
        { "0", 0 },          { "1", 1 },           { "1K", 1024 },
        { "16M", 16777216 }, { "4G", 4294967296 }, { "8388607T", INT64_C(8388607) << 40 }
    };
    static const char *const wrong[] = {
        "", "K", "1k", "1KB", "1.5M", "-1", "1 M", "MM", "8388608T", "1MM", "99999999999999999999"
    };
    int64_t bytes = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        assert_true(value_parse_bytes(right[i].text, &bytes));
        assert_true(bytes == right[i].bytes);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(value_parse_bytes(wrong[i], &bytes));
}

static void numbers_are_finite_decimals(void **state)
{
    static const char *const wrong[] = { "", "inf", "nan", "0x1p3", "1,5", "1e999", "one", "1.5x" };
    double number = 0;

    (void)state;
    assert_true(value_parse_number("1.5", &number));
    assert_true(number > 1.49 && number < 1.51);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(value_parse_number(wrong[i], &number));
}

static void truth_has_the_usual_words(void **state)
{
    bool truth = false;

    (void)state;
    assert_true(value_parse_bool("true", &truth) && truth);
    assert_true(value_parse_bool("Yes", &truth) && truth);
    assert_true(value_parse_bool("1", &truth) && truth);
    assert_true(value_parse_bool("off", &truth) && !truth);
    assert_true(value_parse_bool("FALSE", &truth) && !truth);
    assert_false(value_parse_bool("2", &truth));
    assert_false(value_parse_bool("", &truth));
}

static void lists_are_split_at_commas_and_trimmed(void **state)
{
    const struct maps_option option = {
        sizeof(option), "list", MAPS_OPTION_LIST, 0, NULL, NULL, NULL, 0, 0
    };
    const struct entry entry = { .kind = ENTRY_TEXT, .text = " a, b c ,,d" };
    struct pool pool = { 0 };
    struct value value;

    (void)state;
    assert_null(value_check(&pool, &option, &entry, &value));
    assert_int_equal(value.item_count, 3);
    assert_string_equal(value.items[0], "a");
    assert_string_equal(value.items[1], "b c");
    assert_string_equal(value.items[2], "d");
    assert_null(value.items[3]);
    assert_string_equal(value.text, "a,b c,d");
    pool_free(&pool);
}

static void messages_say_type_range_and_what_was_given(void **state)
{
    const struct maps_option option = {
        sizeof(option), "size", MAPS_OPTION_BYTES, 0, NULL, NULL, NULL, 1024, 1048576
    };
    const struct maps_option secret = {
        sizeof(option), "pin", MAPS_OPTION_INT, 1, NULL, NULL, NULL, 0, 0
    };
    const struct entry small = { .kind = ENTRY_INTEGER, .text = "17" };
    const struct entry text = { .kind = ENTRY_TEXT, .text = "hunter2" };
    struct pool pool = { 0 };
    struct value value;

    (void)state;
    const char *wrong = value_check(&pool, &option, &small, &value);
    assert_non_null(strstr(wrong, "from 1K to 1M"));
    assert_non_null(strstr(wrong, "got 17"));
    assert_null(strstr(value_check(&pool, &secret, &text, &value), "hunter2"));
    pool_free(&pool);
}

static void addresses_are_numeric_with_ipv6_in_brackets(void **state)
{
    static const char *const wrong[] = {
        "",           "8000",         ":8000",      "localhost:8000", "127.0.0.1",
        "127.0.0.1:", "::1:8000",     "[::1]",      "[::1:8000",      "1.2.3.4:65536",
        "1.2.3:80",   "[1.2.3.4]:80", "1.2.3.4:-1", "1.2.3.4:80x",    "[]:80"
    };
    char address[INET6_ADDRSTRLEN];
    uint16_t port = 0;

    (void)state;
    assert_true(address_parse("127.0.0.1:8000", address, &port));
    assert_string_equal(address, "127.0.0.1");
    assert_int_equal(port, 8000);
    assert_true(address_parse("[0:0:0:0:0:0:0:1]:65535", address, &port));
    assert_string_equal(address, "::1");
    assert_int_equal(port, 65535);
    assert_true(address_parse("[::]:0", address, &port));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(address_parse(wrong[i], address, &port));
}

static void names_are_checked(void **state)
{
    (void)state;
    assert_true(text_is_profile_name("python-3_11"));
    assert_false(text_is_profile_name("Python"));
    assert_false(text_is_profile_name("3d"));
    assert_false(text_is_profile_name("an-overlong-profile-name-of-33-ch"));
    assert_true(text_is_script_name("script.py"));
    assert_false(text_is_script_name("request.json"));
    assert_false(text_is_script_name("../script.py"));
    assert_false(text_is_script_name(".."));
    assert_true(text_is_origin("https://maps.example.org:8443"));
    assert_false(text_is_origin("https://maps.example.org/"));
    assert_false(text_is_origin("maps.example.org"));
    assert_false(text_is_network("none"));
    assert_false(text_is_token("two words"));
    assert_false(text_is_token(""));
    assert_true(text_is_one_of("none", "token|none"));
    assert_false(text_is_one_of("tok", "token|none"));
    assert_false(text_is_one_of("", "token|none"));
}

static const char *suggested(const char *typed)
{
    static const char *const known[] = { "http.max_body_bytes", "http.max_header_bytes", "listen" };
    struct nearest nearest = { .typed = typed };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        nearest_consider(&nearest, known[i]);
    return nearest.name;
}

static void the_nearest_name_is_suggested_but_no_far_one(void **state)
{
    char endless[300];

    (void)state;
    assert_string_equal(suggested("http.max_boddy_bytes"), "http.max_body_bytes");
    assert_string_equal(suggested("lisen"), "listen");
    assert_null(suggested("colour"));
    memset(endless, 'x', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    assert_null(suggested(endless));
}

static void variables_are_named_after_paths(void **state)
{
    struct pool pool = { 0 };

    (void)state;
    assert_string_equal(environment_name(&pool, "profiles.my-r.timeout_seconds"),
                        "MAPS_PROFILES_MY_R_TIMEOUT_SECONDS");
    pool_free(&pool);
}

static void integers_that_libconfig_cuts_off_are_found(void **state)
{
    struct integer_scan scan = {
        .text.at = "a = 2147483647; b = 0xFFFFFFFF; c = 5000000000L; d = 1.99999999999;\n"
                   "# 99999999999\n// 99999999999\n/* 99999999999\n */ s = \"9999999999 \\\" 1\";\n"
                   "x99999999999 = 1;\n"
                   "e = [ 1, 4294967296 ];\n"
                   "f = 99999999999999999999L;\n",
        .text.line = 1,
    };

    (void)state;
    assert_true(integer_scan_next(&scan));
    assert_string_equal(scan.digits, "4294967296");
    assert_int_equal(scan.text.line, 7);
    assert_true(integer_scan_next(&scan));
    assert_string_equal(scan.digits, "99999999999999999999L");
    assert_int_equal(scan.text.line, 8);
    assert_false(integer_scan_next(&scan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_decimal_and_whole),
        cmocka_unit_test(bytes_take_suffixes_of_1024),
        cmocka_unit_test(numbers_are_finite_decimals),
        cmocka_unit_test(truth_has_the_usual_words),
        cmocka_unit_test(lists_are_split_at_commas_and_trimmed),
        cmocka_unit_test(messages_say_type_range_and_what_was_given),
        cmocka_unit_test(addresses_are_numeric_with_ipv6_in_brackets),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(the_nearest_name_is_suggested_but_no_far_one),
        cmocka_unit_test(variables_are_named_after_paths),
        cmocka_unit_test(integers_that_libconfig_cuts_off_are_found),
    };

    return cmocka_run_group_tests_name("config_values", tests, NULL, NULL);
}
