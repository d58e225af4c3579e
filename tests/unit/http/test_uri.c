/* SPDX-License-Identifier: Apache-2.0 */
#include "http/query.h"
#include "http/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_refused(const char *target)
{
    struct uri uri;
    struct error *err = uri_parse(target, &uri);

    if (err == NULL)
        fail_msg("accepted: %s", target);
    assert_int_equal(err->kind, ERROR_MALFORMED);
    error_free(err);
    uri_clear(&uri);
}

static struct uri parsed(const char *target)
{
    struct uri uri;

    assert_null(uri_parse(target, &uri));
    return uri;
}

static void a_path_is_decoded(void **state)
{
    (void)state;
    struct uri uri = parsed("/api/jobs/a/output/name%20%26%20%E2%98%83.txt?x=1");

    assert_string_equal(uri.path, "/api/jobs/a/output/name & \xe2\x98\x83.txt");
    uri_clear(&uri);
    uri = parsed("/");
    assert_string_equal(uri.path, "/");
    uri_clear(&uri);
}

static void paths_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const targets[] = {
        "",        "*",       "jobs",       "http://a/b", "/..",      "/.",
        "/a/../b", "/a/./b",  "/%2e%2e",    "/%2E./b",    "/a%2fb",   "/a%2Fb",
        "/a%5cb",  "/a\\b",   "/a%00b",     "/a%00",      "/a%0ab",   "/a%7f",
        "/%ff",    "/%c0%af", "/%ed%a0%80", "/a%",        "/a%z",     "/a%4",
        "/a%zz",   "//",      "//a",        "/a//b",      "/a#b",     "/a%4?x=1",
        "/a/..",   "/a?x=%",  "/a?x=%00",   "/a?%ff=1",   "/a?x=%c3", "/a?x=%4&y"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_refused(targets[i]);
    assert_refused(NULL);
}

static void names_that_only_look_dangerous_are_taken(void **state)
{
    (void)state;
    struct uri uri = parsed("/a/...");

    uri_clear(&uri);
    uri = parsed("/a/..b/.c");
    uri_clear(&uri);
    uri = parsed("/a/b/");
    assert_string_equal(uri.path, "/a/b/");
    uri_clear(&uri);
}

static void query_parameters_are_decoded(void **state)
{
    (void)state;
    struct uri uri = parsed("/a?one=1&label=k%3Dv+w&empty=&bare&&x=a=b");

    assert_int_equal(uri.parameter_count, 5);
    assert_string_equal(query_text(&uri, "one"), "1");
    assert_string_equal(query_text(&uri, "label"), "k=v w");
    assert_string_equal(query_text(&uri, "empty"), "");
    assert_string_equal(query_text(&uri, "bare"), "");
    assert_string_equal(query_text(&uri, "x"), "a=b");
    assert_null(query_text(&uri, "none"));
    uri_clear(&uri);
}

static void more_parameters_than_anyone_needs_are_refused(void **state)
{
    char target[512] = "/a?";

    (void)state;
    for (int i = 0; i < URI_PARAMETERS_MAX + 1; i++)
        strcat(target, "a=b&");
    assert_refused(target);
}

static void unknown_and_repeated_parameters_are_named(void **state)
{
    static const char *const known[] = { "wait", "status+", NULL };
    static const struct {
        const char *target, *field;
    } cases[] = { { "/a?wiat=1", "wiat" },          { "/a?wait=1&wait=2", "wait" },
                  { "/a?status=a&status=b", NULL }, { "/a?wait=1&status=b", NULL },
                  { "/a?status%2B=1", "status+" },  { "/a?=1", "" } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct uri uri = parsed(cases[i].target);
        struct error *err = query_check(&uri, known);

        if (cases[i].field == NULL) {
            assert_null(err);
        } else {
            assert_non_null(err);
            assert_int_equal(err->kind, ERROR_INVALID);
            assert_string_equal(err->field, cases[i].field);
        }
        error_free(err);
        uri_clear(&uri);
    }
}

static void seconds_are_decimal_and_clamped(void **state)
{
    static const struct {
        const char *target;
        int64_t ms; /* -1: refused */
    } cases[] = { { "/?wait=0", 0 },
                  { "/?wait=30", 30000 },
                  { "/?wait=0.5", 500 },
                  { "/?wait=0.0001", 1 },
                  { "/?wait=1.2345", 1235 },
                  { "/?wait=99999", 60000 },
                  { "/?wait=99999999999999999999999999", 60000 },
                  { "/?wait=59.9999", 60000 },
                  { "/?wait=", -1 },
                  { "/?wait=-1", -1 },
                  { "/?wait=1e9", -1 },
                  { "/?wait=nan", -1 },
                  { "/?wait=.5", -1 },
                  { "/?wait=1.", -1 },
                  { "/?wait=+1", -1 },
                  { "/?wait=%201", -1 },
                  { "/?wait=1.5.2", -1 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct uri uri = parsed(cases[i].target);
        int64_t ms = -1;
        struct error *err = query_seconds(&uri, "wait", 60000, &ms);

        assert_int_equal(ms, cases[i].ms);
        assert_int_equal(err != NULL, cases[i].ms < 0);
        if (err != NULL)
            assert_string_equal(err->field, "wait");
        error_free(err);
        uri_clear(&uri);
    }
}

static void integers_keep_to_their_range(void **state)
{
    static const struct {
        const char *target;
        uint64_t value; /* 0: refused */
    } cases[] = { { "/?n=1", 1 },    { "/?n=1000", 1000 }, { "/?n=0", 0 },
                  { "/?n=1001", 0 }, { "/?n=-1", 0 },      { "/?n=", 0 },
                  { "/?n=1x", 0 },   { "/?n=+1", 0 },      { "/?n=99999999999999999999", 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct uri uri = parsed(cases[i].target);
        uint64_t value = 0;
        struct error *err = query_integer(&uri, "n", 1, 1000, &value);

        assert_int_equal(value, cases[i].value);
        assert_int_equal(err != NULL, cases[i].value == 0);
        error_free(err);
        uri_clear(&uri);
    }
}

static void booleans_are_true_or_false(void **state)
{
    static const struct {
        const char *target;
        int value; /* -1: refused */
    } cases[] = { { "/?b=true", 1 }, { "/?b=1", 1 },    { "/?b=false", 0 }, { "/?b=0", 0 },
                  { "/?b=", -1 },    { "/?b=yes", -1 }, { "/?b=TRUE", -1 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct uri uri = parsed(cases[i].target);
        bool value = cases[i].value != 1;
        struct error *err = query_bool(&uri, "b", &value);

        assert_int_equal(err != NULL, cases[i].value < 0);
        if (err == NULL)
            assert_int_equal(value, cases[i].value);
        error_free(err);
        uri_clear(&uri);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_decoded),
        cmocka_unit_test(paths_that_lead_elsewhere_are_refused),
        cmocka_unit_test(names_that_only_look_dangerous_are_taken),
        cmocka_unit_test(query_parameters_are_decoded),
        cmocka_unit_test(more_parameters_than_anyone_needs_are_refused),
        cmocka_unit_test(unknown_and_repeated_parameters_are_named),
        cmocka_unit_test(seconds_are_decimal_and_clamped),
        cmocka_unit_test(integers_keep_to_their_range),
        cmocka_unit_test(booleans_are_true_or_false),
    };

    return cmocka_run_group_tests_name("http_uri", tests, NULL, NULL);
}
