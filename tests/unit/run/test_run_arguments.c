/* SPDX-License-Identifier: Apache-2.0 */
#include "run/arguments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_WORDS = 24 };

/* The words of one command line, and what they came to. */
struct line {
    char name[16], storage[512];
    char *argv[MAX_WORDS + 3];
    struct cli cli;
    struct run_arguments arguments;
};

static struct error *parse(struct line *line, const char *words)
{
    char *environment[] = { (char[]){ "HOME=/home/me" }, (char[]){ "EMPTY=" }, NULL };
    int argc = 0;
    struct error *err;

    memset(line, 0, sizeof(*line));
    line->argv[argc++] = line->name;
    (void)strcpy(line->name, "maps-backend");
    (void)strcpy(line->storage, words);
    for (char *word = strtok(line->storage, " "); word != NULL; word = strtok(NULL, " "))
        line->argv[argc++] = word;
    err = cli_parse(argc, line->argv, &line->cli);
    return err == NULL ? run_arguments_read(&line->cli, environment, &line->arguments) : err;
}

static void clear(struct line *line)
{
    run_arguments_clear(&line->arguments);
    cli_clear(&line->cli);
}

static void expect_options(const char *words, const char *options)
{
    struct line line;

    assert_null(parse(&line, words));
    assert_string_equal(line.arguments.options, options);
    clear(&line);
}

#define NOTHING "{\"limits\":{},\"env\":{},\"labels\":{},\"args\":[]}"

static void a_script_is_enough(void **state)
{
    struct line line;

    (void)state;
    assert_null(parse(&line, "run script.py"));
    assert_string_equal(line.arguments.script, "script.py");
    assert_null(line.arguments.request);
    assert_int_equal(line.arguments.timeout_ms, 0);
    assert_false(line.arguments.json);
    assert_string_equal(line.arguments.options, NOTHING);
    clear(&line);
}

static void options_may_stand_anywhere(void **state)
{
    struct line line;

    (void)state;
    assert_null(parse(&line, "--set a=1 run --json --timeout 1.5 s.py --request - --input in -q "
                             "--output out --runtime r --job-id i --config f"));
    assert_string_equal(line.arguments.script, "s.py");
    assert_string_equal(line.arguments.request, "-");
    assert_string_equal(line.arguments.input, "in");
    assert_string_equal(line.arguments.output, "out");
    assert_string_equal(line.arguments.runtime, "r");
    assert_string_equal(line.arguments.job_id, "i");
    assert_string_equal(line.cli.config_file, "f");
    assert_int_equal(line.cli.override_count, 1);
    assert_int_equal(line.arguments.timeout_ms, 1500);
    assert_true(line.arguments.json && line.arguments.quiet);
    clear(&line);
}

static void what_follows_two_dashes_is_the_scripts(void **state)
{
    (void)state;
    expect_options("run s.py -- --json -x -- y",
                   "{\"limits\":{},\"env\":{},\"labels\":{},\"args\":[\"--json\",\"-x\",\"--\","
                   "\"y\"]}");
    expect_options("run s.py --", NOTHING);
}

static void limits_have_short_names_and_those_of_the_api(void **state)
{
    (void)state;
    expect_options("run s.py --limit memory=256M --limit cpus=1.5 --limit pids=10 "
                   "--limit disk_bytes=1K --limit output=5",
                   "{\"limits\":{\"memory_bytes\":268435456,\"cpus\":1.5,\"pids\":10,"
                   "\"disk_bytes\":1024,\"output_bytes\":5},\"env\":{},\"labels\":{},\"args\":[]}");
    expect_options("run s.py --limit pids=10 --limit pids=20",
                   "{\"limits\":{\"pids\":20},\"env\":{},\"labels\":{},\"args\":[]}");
}

static void variables_are_given_or_our_own(void **state)
{
    (void)state;
    expect_options("run s.py -e A=b=c -e HOME --env=EMPTY -e A=last --label k=v",
                   "{\"limits\":{},\"env\":{\"HOME\":\"/home/me\",\"EMPTY\":\"\",\"A\":\"last\"},"
                   "\"labels\":{\"k\":\"v\"},\"args\":[]}");
}

static void mistakes_name_the_word(void **state)
{
    static const char *const cases[][2] = { { "run", "Name the script" },
                                            { "run a.py b.py", "\"b.py\"" },
                                            { "run a.py b.py", "after --" },
                                            { "run - --request -", "not both" },
                                            { "run s --timeout 0", "\"0\"" },
                                            { "run s --timeout nan", "\"nan\"" },
                                            { "run s --timeout 5s", "\"5s\"" },
                                            { "run s --limit memory", "\"memory\"" },
                                            { "run s --limit speed=1", "\"speed=1\"" },
                                            { "run s --limit memory=1X", "\"1X\"" },
                                            { "run s --limit cpus=1K", "\"1K\"" },
                                            { "run s -e =x", "\"=x\"" },
                                            { "run s -e HOM", "HOM" },
                                            { "run s --label k", "\"k\"" },
                                            { "run s --label =v", "\"=v\"" },
                                            { "run s --check-config", "--check-config" },
                                            { "rum s", "did you mean run" } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct line line;
        struct error *err = parse(&line, cases[i][0]);

        assert_non_null(err);
        if (strstr(err->message, cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], err->message);
        error_free(err);
        clear(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_is_enough),
        cmocka_unit_test(options_may_stand_anywhere),
        cmocka_unit_test(what_follows_two_dashes_is_the_scripts),
        cmocka_unit_test(limits_have_short_names_and_those_of_the_api),
        cmocka_unit_test(variables_are_given_or_our_own),
        cmocka_unit_test(mistakes_name_the_word),
    };

    return cmocka_run_group_tests_name("run_arguments", tests, NULL, NULL);
}
