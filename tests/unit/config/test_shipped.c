/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped configuration and its manual agree with the table of options. */
#include "config/config_state.h"
#include "fake_plugins.h"
#include "fixture.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CONFIGURATION MAPS_SOURCE_DIR "/etc/maps-backend.conf"
#define MANUAL MAPS_SOURCE_DIR "/docs/configuration.md"

/* Given by the machine or an example: in the file, a comment says what holds. */
static const char *const not_defaults[] = {
    "data_dir",
    "plugin_dir",
    "libexec_dir",
    "runtime",
    "token",
    "http.allowed_hosts",
    "http.allowed_origins",
    "jobs.concurrency",
    "jobs.runner_uid",
    "jobs.runner_gid",
    "jobs.allowed_networks",
    "jobs.readable_paths",
    "jobs.writable_paths",
};

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    assert_non_null(in);
    assert_non_null(text);
    size_t length = fread(text, 1, (1 << 20) - 1, in);
    assert_true(length > 0);
    fclose(in);
    return text;
}

static void the_shipped_file_loads_without_a_problem(void **state)
{
    char *environment[] = { "MAPS_CONFIG=" CONFIGURATION, NULL };

    fixture_load(*state, &(struct given){ .environment = environment });
    fixture_accepted(*state);
    assert_int_equal(config_problem_count(((struct fixture *)*state)->config), 0);
}

/* "    # max_files = 1000;": a setting that is commented out. */
static bool is_setting(const char *line)
{
    line += strspn(line, " ");
    if (line[0] != '#' || line[1] != ' ' || !islower((unsigned char)line[2]))
        return false;
    line += 2 + strspn(line + 2, "abcdefghijklmnopqrstuvwxyz_");
    return strncmp(line, " = ", 3) == 0;
}

static char *uncomment(char *text)
{
    for (char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (is_setting(line))
            line[strspn(line, " ")] = ' ';
        else if (strncmp(line, "@include", 8) == 0)
            line[0] = '#';
    }
    return text;
}

static bool need_not_be_default(const char *path)
{
    for (size_t i = 0; i < sizeof(not_defaults) / sizeof(not_defaults[0]); i++)
        if (strcmp(path, not_defaults[i]) == 0)
            return true;
    return false;
}

static const char *text_of(const struct resolved *resolved)
{
    return resolved->value.text == NULL ? "" : resolved->value.text;
}

/* Is it in the file, and with the value that holds without the file? */
static void expect_shown(struct fixture *fixture, const struct config *bare, const char *path)
{
    const struct resolved *shown = resolved_find(fixture->config, path);
    const struct resolved *plain = resolved_find(bare, path);

    assert_non_null(shown);
    assert_non_null(plain);
    if (shown->origin.layer != LAYER_FILE ||
        (!need_not_be_default(path) && strcmp(text_of(shown), text_of(plain)) != 0))
        fail_msg("etc/maps-backend.conf should show %s with its default %s", path, text_of(plain));
}

static void the_shipped_file_shows_every_default(void **state)
{
    static const char *const python[] = { "profiles.python.image", "profiles.python.command",
                                          "profiles.python.script_name" };
    char *none[] = { NULL };
    const struct config_source nothing = { .environment = none, .executable_dir = "/opt/maps/bin" };
    char *text = uncomment(read_file(CONFIGURATION));
    struct config *bare = config_load(&nothing);
    struct settings *settings = NULL;

    assert_true(config_check(bare, fake_plugins(), &settings));
    fixture_load(*state, &(struct given){ .text = text });
    fixture_accepted(*state);
    for (const struct maps_option *option = host_options; option->name != NULL; option++)
        expect_shown(*state, bare, option->name);
    for (size_t i = 0; i < sizeof(python) / sizeof(python[0]); i++)
        expect_shown(*state, bare, python[i]);
    settings_unref(settings);
    config_free(bare);
    free(text);
}

/* The manual's row of a key: "| `key` | ..."; what is in it comes from the table. */
static void expect_row(struct pool *pool, const char *manual, const char *prefix, const char *name)
{
    if (strstr(manual, pool_format(pool, "\n| `%s%s` |", prefix, name)) == NULL)
        fail_msg("docs/configuration.md has no row for `%s%s`; has it the marker of its section?",
                 prefix, name);
}

static void the_manual_has_every_key(void **state)
{
    char *manual = read_file(MANUAL);
    struct pool pool = { 0 };

    (void)state;
    for (const struct maps_option *option = host_options; option->name != NULL; option++)
        expect_row(&pool, manual, "", option->name);
    for (const struct maps_option *option = profile_options; option->name != NULL; option++)
        expect_row(&pool, manual, "profiles.NAME.", option->name);
    pool_free(&pool);
    free(manual);
}

/* "| `http.max_body_bytes` |" for each row; a key that no table knows is out of date. */
static void the_manual_has_no_other_keys(void **state)
{
    char *manual = read_file(MANUAL);
    size_t rows = 0, options = 0;

    (void)state;
    for (const char *at = manual; (at = strstr(at, "\n| `")) != NULL; at++)
        rows += islower((unsigned char)at[4]) != 0; /* variables have capitals */
    for (const struct maps_option *option = host_options; option->name != NULL; option++)
        options++;
    for (const struct maps_option *option = profile_options; option->name != NULL; option++)
        options++;
    assert_int_equal(rows, options);
    free(manual);
}

static void help_lists_every_option_with_its_variable(void **state)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    (void)state;
    config_print_options(fake_plugins(), out);
    fclose(out);
    for (const struct maps_option *option = host_options; option->name != NULL; option++)
        assert_non_null(strstr(text, option->name));
    assert_non_null(strstr(text, "MAPS_JOBS_TIMEOUT_SECONDS or SCRIPT_TIMEOUT"));
    assert_non_null(strstr(text, "  profiles.NAME.command\n"));
    assert_non_null(strstr(text, "Plugin sandbox: Runs scripts here"));
    assert_non_null(strstr(text, "MAPS_SANDBOX_BWRAP or BWRAP"));
    free(text);
}

#define SHIPPED_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHIPPED_TEST(the_shipped_file_loads_without_a_problem),
        SHIPPED_TEST(the_shipped_file_shows_every_default),
        cmocka_unit_test(the_manual_has_every_key),
        cmocka_unit_test(the_manual_has_no_other_keys),
        cmocka_unit_test(help_lists_every_option_with_its_variable),
    };

    return cmocka_run_group_tests_name("config_shipped", tests, NULL, NULL);
}
