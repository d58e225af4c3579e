/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <options.h>
#include <spec.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "maps-init-spec=1\0"
#define MINIMAL MAGIC "attempt=1\0arg=true\0"

/* A copy just as long, so that the sanitizer sees every byte too many. */
static bool parse(const char *text, size_t length, struct spec *spec, struct sentence *why)
{
    char *copy = malloc(length + (length == 0));

    assert_non_null(copy);
    memcpy(copy, text, length);
    return spec_parse(spec, copy, length, why);
}

static void all_keys_are_read(void **state)
{
    static const char text[] =
        MAGIC "env=A=1\0attempt=7\0timeout_ms=1000\0output_bytes=18446744073709551615\0nproc=5\0"
              "nofile=6\0fsize=7\0disk_bytes=8\0writable=/w\0cwd=/job/"
              "output\0passthrough=0\0arg=a\0arg=\0arg=b=c\0env=B=";
    struct spec spec;
    struct sentence why;

    (void)state;
    assert_true(parse(text, sizeof(text), &spec, &why));
    assert_int_equal(spec.attempt, 7);
    assert_int_equal(spec.timeout_ms, 1000);
    assert_true(spec.output_bytes == UINT64_MAX);
    assert_int_equal(spec.nproc, 5);
    assert_int_equal(spec.nofile, 6);
    assert_int_equal(spec.fsize, 7);
    assert_int_equal(spec.disk_bytes, 8);
    assert_string_equal(spec.writable[0], "/w");
    assert_null(spec.writable[1]);
    assert_string_equal(spec.cwd, "/job/output");
    assert_false(spec.passthrough);
    assert_string_equal(spec.arguments[0], "a");
    assert_string_equal(spec.arguments[1], "");
    assert_string_equal(spec.arguments[2], "b=c");
    assert_null(spec.arguments[3]);
    assert_string_equal(spec.environment[0], "A=1");
    assert_string_equal(spec.environment[1], "B=");
    assert_null(spec.environment[2]);
    spec_free(&spec);
}

static void what_is_left_out_has_a_default(void **state)
{
    static const char text[] = MAGIC "attempt=1\0arg=true";
    struct spec spec;
    struct sentence why;

    (void)state;
    assert_true(parse(text, sizeof(text), &spec, &why));
    assert_true(spec.passthrough);
    assert_string_equal(spec.cwd, "/");
    assert_int_equal(spec.timeout_ms, 0);
    assert_int_equal(spec.output_bytes, 0);
    assert_null(spec.environment[0]);
    assert_null(spec.writable[0]);
    assert_int_equal(spec.disk_bytes, 0);
    spec_free(&spec);
}

#define BAD(text, named)                                                                           \
    {                                                                                              \
        text, sizeof(text), named                                                                  \
    }

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *text;
        size_t length;
        const char *named;
    } bad[] = {
        BAD("", "whole"),
        BAD("maps-init-spec=2\0attempt=1\0arg=true", "maps-init-spec=1"),
        BAD(MAGIC "arg=true", "attempt"),
        BAD(MAGIC "attempt=0\0arg=true", "attempt"),
        BAD(MAGIC "attempt=4294967296\0arg=true", "attempt=4294967296"),
        BAD(MAGIC "attempt=1", "command"),
        BAD(MINIMAL "nproc=", "nproc"),
        BAD(MINIMAL "nproc=-1", "nproc=-1"),
        BAD(MINIMAL "nproc=1x", "nproc=1x"),
        BAD(MINIMAL "nofile=18446744073709551616", "nofile"),
        BAD(MINIMAL "timeout_ms=9223372036854775807", "timeout_ms"),
        BAD(MINIMAL "passthrough=2", "passthrough=2"),
        BAD(MINIMAL "colour=red", "colour"),
        BAD(MINIMAL "nothing", "nothing"),
        BAD(MINIMAL, "without '='"), /* ends with an empty record */
    };
    struct spec spec;
    struct sentence why;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (parse(bad[i].text, bad[i].length, &spec, &why))
            fail_msg("accepted: bad spec %zu", i);
        if (strstr(why.text, bad[i].named) == NULL)
            fail_msg("\"%s\" does not name \"%s\"", why.text, bad[i].named);
    }
}

static void a_spec_cut_anywhere_is_refused(void **state)
{
    static const char text[] = MAGIC "attempt=1\0arg=true\0arg=x";
    struct spec spec;
    struct sentence why;

    (void)state;
    for (size_t length = 0; length < sizeof(text); length++) {
        if (!parse(text, length, &spec, &why))
            continue;
        /* only at the end of a record can a cut go unnoticed */
        assert_int_equal(text[length - 1], '\0');
        spec_free(&spec);
    }
}

static bool parse_arguments(struct options *options, struct sentence *why, int count, ...)
{
    char *arguments[8] = { (char *)"maps-init" };
    va_list ap;

    va_start(ap, count);
    for (int i = 1; i <= count; i++)
        arguments[i] = va_arg(ap, char *);
    va_end(ap);
    return options_parse(options, count + 1, arguments, why);
}

static void the_command_line_is_read(void **state)
{
    struct options options;
    struct sentence why;

    (void)state;
    assert_true(parse_arguments(&options, &why, 4, "--spec", "/a", "--control", "/b"));
    assert_string_equal(options.spec_file, "/a");
    assert_string_equal(options.control_dir, "/b");
    assert_int_equal(options.spec_fd, -1);
    assert_int_equal(options.control_fd, -1);
    assert_true(parse_arguments(&options, &why, 4, "--spec-fd", "5", "--control-fd", "6"));
    assert_int_equal(options.spec_fd, 5);
    assert_int_equal(options.control_fd, 6);
    assert_true(parse_arguments(&options, &why, 1, "--spec=/a"));
    assert_null(options.control_dir);
}

static void wrong_command_lines_are_refused_with_the_usage(void **state)
{
    struct options options;
    struct sentence why;

    (void)state;
    assert_false(parse_arguments(&options, &why, 0));
    assert_non_null(strstr(why.text, "--spec FILE"));
    assert_false(parse_arguments(&options, &why, 4, "--spec", "/a", "--spec-fd", "3"));
    assert_false(parse_arguments(&options, &why, 2, "--spec-fd", "3x"));
    assert_false(parse_arguments(&options, &why, 2, "--spec-fd", "-1"));
    assert_false(parse_arguments(&options, &why, 1, "--spec"));
    assert_false(parse_arguments(&options, &why, 3, "--spec", "/a", "more"));
    assert_false(parse_arguments(&options, &why, 3, "--spec", "/a", "--what"));
    assert_false(
        parse_arguments(&options, &why, 6, "--spec", "/a", "--control", "/b", "--control-fd", "4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_keys_are_read),
        cmocka_unit_test(what_is_left_out_has_a_default),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(a_spec_cut_anywhere_is_refused),
        cmocka_unit_test(the_command_line_is_read),
        cmocka_unit_test(wrong_command_lines_are_refused_with_the_usage),
    };

    return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
