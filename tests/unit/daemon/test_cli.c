/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_WORDS = 8 };

/* Parses "maps-backend" and the given words (NULL-terminated). */
static struct error *parse(struct cli *cli, char *storage, const char *words)
{
    char *argv[MAX_WORDS + 2] = { "maps-backend" };
    int argc = 1;

    (void)strcpy(storage, words);
    for (char *word = strtok(storage, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    return cli_parse(argc, argv, cli);
}

static void nothing_said_means_serve(void **state)
{
    struct cli cli;
    char storage[128];

    (void)state;
    assert_null(parse(&cli, storage, ""));
    assert_int_equal(cli.command, CLI_SERVE);
    assert_null(cli.config_file);
    cli_clear(&cli);
}

static void each_command_is_known(void **state)
{
    static const struct {
        const char *words;
        enum cli_command command;
    } cases[] = { { "--check-config", CLI_CHECK_CONFIG },
                  { "--print-config", CLI_PRINT_CONFIG },
                  { "--dump-plugin x.so", CLI_DUMP_PLUGIN },
                  { "--help", CLI_HELP },
                  { "-h", CLI_HELP },
                  { "--version", CLI_VERSION },
                  { "-V", CLI_VERSION } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cli cli;
        char storage[128];
        assert_null(parse(&cli, storage, cases[i].words));
        assert_int_equal(cli.command, cases[i].command);
        cli_clear(&cli);
    }
}

static void overrides_are_cut_at_the_first_equals(void **state)
{
    struct cli cli;
    char storage[128];

    (void)state;
    assert_null(parse(&cli, storage, "--set a.b=1 --config f.conf --set c=x=y"));
    assert_string_equal(cli.config_file, "f.conf");
    assert_int_equal(cli.override_count, 2);
    assert_string_equal(cli.overrides[0].path, "a.b");
    assert_string_equal(cli.overrides[0].value, "1");
    assert_string_equal(cli.overrides[1].path, "c");
    assert_string_equal(cli.overrides[1].value, "x=y");
    cli_clear(&cli);
}

static void mistakes_name_the_word(void **state)
{
    static const char *const cases[][2] = { { "--nonsense", "--nonsense" },
                                            { "serve", "serve" },
                                            { "--set novalue", "novalue" },
                                            { "--set =x", "=x" },
                                            { "--config", "--config" } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cli cli;
        char storage[128];
        struct error *err = parse(&cli, storage, cases[i][0]);
        assert_non_null(err);
        assert_non_null(strstr(err->message, cases[i][1]));
        error_free(err);
        cli_clear(&cli);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_said_means_serve),
        cmocka_unit_test(each_command_is_known),
        cmocka_unit_test(overrides_are_cut_at_the_first_equals),
        cmocka_unit_test(mistakes_name_the_word),
    };

    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
