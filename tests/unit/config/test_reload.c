/* SPDX-License-Identifier: Apache-2.0 */
/* What a reload may change, and what stays until the next start. */
#include "config/options.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void what_needs_no_restart_is_taken_over(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = "jobs: { queue_limit = 2; };" });
    fixture_reload(fixture, "jobs: { queue_limit = 3; concurrency = 7; };\n"
                            "log_level = \"debug\";\n"
                            "http: { allowed_hosts = [ \"a.example.org\" ]; };\n"
                            "profiles: { r: { command = [ \"/usr/bin/R\" ]; }; };\n");
    fixture_accepted(fixture);
    assert_int_equal(config_problem_count(fixture->config), 0);
    assert_int_equal(fixture->settings->job_queue_limit, 3);
    assert_int_equal(fixture->settings->job_concurrency, 7);
    assert_string_equal(fixture->settings->log_level, "debug");
    assert_string_equal(fixture->settings->http_allowed_hosts[0], "a.example.org");
    assert_non_null(settings_profile(fixture->settings, "r"));
}

static void what_needs_a_restart_stays_and_is_named(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = "listen = \"127.0.0.1:8001\";\n"
                                                   "data_dir = \"/srv/a\";\n"
                                                   "http: { max_connections = 5; };\n"
                                                   "jobs: { runner_uid = 1000; };\n" });
    fixture_reload(fixture, "listen = \"127.0.0.1:8002\";\n"
                            "data_dir = \"/srv/b\";\n"
                            "http: { max_connections = 6; };\n"
                            "runtime = \"sandbox\";\n"
                            "jobs: { queue_limit = 9; };\n");
    fixture_accepted(fixture);
    assert_true(fixture_problem(fixture, "maps-backend.conf", 1,
                                "listen was changed and takes "
                                "effect at the next start")
                    ->warning);
    fixture_problem(fixture, "maps-backend.conf", 2, "data_dir was changed");
    fixture_problem(fixture, "maps-backend.conf", 3, "http.max_connections was changed");
    fixture_problem(fixture, "maps-backend.conf", 4, "runtime was changed");
    fixture_problem(fixture, "maps-backend.conf", 0, "jobs.runner_uid was changed");
    assert_int_equal(config_problem_count(fixture->config), 5);
    assert_int_equal(fixture->settings->listen_port, 8001);
    assert_string_equal(fixture->settings->data_dir, "/srv/a");
    assert_int_equal(fixture->settings->http_max_connections, 5);
    assert_int_equal(fixture->settings->runner_uid, 1000);
    assert_null(fixture->settings->runtime);
    assert_int_equal(fixture->settings->job_queue_limit, 9);
}

static void a_value_written_otherwise_is_no_change(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = "http: { max_header_bytes = \"16K\"; };" });
    fixture_reload(fixture, "http: { max_header_bytes = 16384; };");
    fixture_accepted(fixture);
    assert_int_equal(config_problem_count(fixture->config), 0);
}

static void a_change_back_is_no_change(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = "auth = \"token\";" });
    fixture_reload(fixture, "auth = \"none\";");
    assert_int_equal(config_problem_count(fixture->config), 1);
    assert_false(fixture->settings->auth_none);
    /* As it was at the start, though not as the file was last. */
    fixture_reload(fixture, "auth = \"token\";");
    assert_int_equal(config_problem_count(fixture->config), 0);
}

static void all_layers_are_read_again_as_they_were(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "MAPS_JOBS_QUEUE_LIMIT=3", NULL };

    fixture_load(fixture, &(struct given){ .text = "jobs: { queue_limit = 2; };",
                                           .environment = environment,
                                           .overrides = { { "jobs.max_files", "4" } } });
    environment[0] = NULL;
    fixture_reload(fixture, "jobs: { queue_limit = 5; max_files = 6; start_retries = 7; };");
    fixture_accepted(fixture);
    assert_int_equal(fixture->settings->job_queue_limit, 3);
    assert_int_equal(fixture->settings->job_max_files, 4);
    assert_int_equal(fixture->settings->job_start_retries, 7);
}

static void mistakes_in_what_needs_a_restart_count_too(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = "" });
    fixture_reload(fixture, "\nlisten = \"nowhere\";");
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 2, "listen: expected a numeric address");
}

static void the_value_of_a_changed_token_is_not_told(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = "token = \"sesame\";" });
    fixture_reload(fixture, "token = \"hunter2\";");
    fixture_accepted(fixture);
    char *text = fixture_printed(fixture);
    assert_non_null(strstr(text, "token was changed"));
    assert_null(strstr(text, "sesame"));
    assert_null(strstr(text, "hunter2"));
    assert_string_equal(fixture->settings->token, "sesame");
    free(text);
}

static void files_are_named_with_those_they_include(void **state)
{
    struct fixture *fixture = *state;
    char part[128];

    fixture_load(fixture, &(struct given){ .text = "@include \"part.conf\"\n",
                                           .included = "log_level = \"debug\";\n" });
    const char *const *files = config_files(fixture->config);
    snprintf(part, sizeof(part), "%s/part.conf", fixture->folder);
    assert_string_equal(files[0], fixture->file);
    size_t i = 1;
    while (files[i] != NULL && strcmp(files[i], part) != 0)
        i++;
    assert_non_null(files[i]);
    assert_string_equal(fixture->settings->config_file, fixture->file);
    fixture_load(fixture, &(struct given){ 0 });
    assert_null(config_files(fixture->config)[0]);
    assert_null(fixture->settings->config_file);
}

static void no_list_needs_a_restart(void **state)
{
    (void)state;
    for (const struct maps_option *option = host_options; option->name != NULL; option++)
        assert_false(option_needs_restart(option->name) && option->type == MAPS_OPTION_LIST);
}

#define RELOAD_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELOAD_TEST(what_needs_no_restart_is_taken_over),
        RELOAD_TEST(what_needs_a_restart_stays_and_is_named),
        RELOAD_TEST(a_value_written_otherwise_is_no_change),
        RELOAD_TEST(a_change_back_is_no_change),
        RELOAD_TEST(all_layers_are_read_again_as_they_were),
        RELOAD_TEST(mistakes_in_what_needs_a_restart_count_too),
        RELOAD_TEST(the_value_of_a_changed_token_is_not_told),
        RELOAD_TEST(files_are_named_with_those_they_include),
        cmocka_unit_test(no_list_needs_a_restart),
    };

    return cmocka_run_group_tests_name("config_reload", tests, NULL, NULL);
}
