/* SPDX-License-Identifier: Apache-2.0 */
/* --dump-plugin says what a file declares, or why it would be refused. */
#include "plugin_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct error *dump(const struct plugin_folder *folder, const char *file, char **text)
{
    size_t length;
    FILE *out = open_memstream(text, &length);
    struct error *err;

    assert_non_null(out);
    err = plugin_dump(plugin_folder_path(folder, file), out);
    assert_int_equal(fclose(out), 0);
    return err;
}

static void assert_dumped(const char *text, const char *line)
{
    if (strstr(text, line) == NULL)
        fail_msg("\"%s\" is missing in:\n%s", line, text);
}

static void everything_declared_is_printed(void **state)
{
    static const char *const lines[] = {
        "\nname         scenarios\n",
        "\nversion      2.1.0\n",
        "\nabi          1\n",
        "\nrunner_type  ScenarioRunner\n",
        "\ndescription  Keeps or breaks the contract\n",
        "\nstruct       136 bytes (this host: 136)\n",
        "\ncallbacks    load unload configure release probe run_script cancel recover list_owned "
        "cleanup\n",
        "\noption       scenarios.size_bytes\n  type       bytes (K, M, G, T)\n"
        "  range      1024 to 1048576\n  default    4K\n  variable   "
        "MAPS_SCENARIOS_SIZE_BYTES\n  help       A size.\n",
        "\n  variable   MAPS_SCENARIOS_TEXT or SCENARIO_TEXT\n",
        "\n  type       string, secret\n  default    (hidden)\n",
    };
    char *text = NULL;

    plugin_folder_add(*state, "scenarios", "scenarios.so");
    assert_null(dump(*state, "scenarios.so", &text));
    assert_int_equal(strncmp(text, "file         /", 14), 0);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_dumped(text, lines[i]);
    assert_null(strstr(text, "hunter2"));
    free(text);
}

static void refused_file_is_told_with_the_reason(void **state)
{
    char *text = NULL;

    plugin_folder_add(*state, "load_fails", "load_fails.so");
    assert_error(dump(*state, "load_fails.so", &text),
                 "would be refused. load_fails.so: It refuses to be loaded: The engine's licence");
    assert_dumped(text, "\nname         load_fails\n");
    free(text);

    plugin_folder_add(*state, "wrong_abi", "wrong_abi.so");
    assert_error(dump(*state, "wrong_abi.so", &text), "version 4711");
    assert_dumped(text, "\nabi          4711\n");
    free(text);

    plugin_folder_add(*state, "good", "open.so");
    assert_int_equal(chmod(plugin_folder_path(*state, "open.so"), 0666), 0);
    assert_error(dump(*state, "open.so", &text), "writable by group or others");
    free(text);
}

static void missing_file_is_an_error(void **state)
{
    char *text = NULL;

    assert_error(dump(*state, "nothing.so", &text), "No such file");
    free(text);
    assert_error(dump(*state, "nowhere/nothing.so", &text), "The folder of");
    free(text);
}

#define DUMP_TEST(NAME)                                                                            \
    cmocka_unit_test_setup_teardown(NAME, plugin_folder_setup, plugin_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DUMP_TEST(everything_declared_is_printed),
        DUMP_TEST(refused_file_is_told_with_the_reason),
        DUMP_TEST(missing_file_is_an_error),
    };

    return cmocka_run_group_tests_name("plugin_dump", tests, NULL, NULL);
}
