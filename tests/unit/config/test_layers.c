/* SPDX-License-Identifier: Apache-2.0 */
/* Who wins, where values come from, and what the settings are made of. */
#include "config/defaults.h"
#include "fake_plugins.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void it_starts_with_nothing_at_all(void **state)
{
    struct fixture *fixture = *state;
    bool root = getuid() == 0;

    fixture_load(fixture, &(struct given){ 0 });
    fixture_accepted(fixture);
    const struct settings *settings = fixture->settings;
    assert_int_equal(config_problem_count(fixture->config), 0);
    assert_string_equal(settings->listen_address, "127.0.0.1");
    assert_int_equal(settings->listen_port, 8000);
    assert_string_equal(settings->plugin_dir, "/opt/maps/lib/maps-backend/plugins");
    assert_string_equal(settings->libexec_dir, "/opt/maps/libexec/maps-backend");
    assert_true(settings->data_dir[0] == '/');
    assert_null(settings->runtime);
    assert_null(settings->token);
    assert_false(settings->auth_none);
    assert_int_equal(settings->job_timeout_ms, 600000);
    assert_int_equal(settings->job_max_timeout_ms, 86400000);
    assert_true(settings->job_concurrency >= 4);
    assert_int_equal(settings->runner_uid, root ? 64738 : getuid());
    assert_int_equal(settings->limits_default.cpu_millis, 1000);
    assert_int_equal(settings->limits_default.memory_bytes, 512 << 20);
    assert_int_equal(settings->limits_max.memory_bytes, 0);
    assert_int_equal(settings->http_max_body_bytes, 16 << 20);
    assert_null(settings->http_allowed_hosts[0]);
    assert_string_equal(settings->default_profile, "python");
    assert_string_equal(settings_profile(settings, "python")->public.image, "py-exec:latest");
}

static void an_unprivileged_user_keeps_data_at_home(void **state)
{
    struct fixture *fixture = *state;
    char *home[] = { "HOME=/home/ada", NULL };
    char *xdg[] = { "HOME=/home/ada", "XDG_DATA_HOME=/data/ada", NULL };

    fixture_load(fixture, &(struct given){ .environment = home });
    assert_string_equal(config_data_dir(fixture->config),
                        getuid() == 0 ? "/var/lib/maps-backend"
                                      : "/home/ada/.local/share/maps-backend");
    fixture_load(fixture, &(struct given){ .environment = xdg });
    assert_string_equal(config_data_dir(fixture->config),
                        getuid() == 0 ? "/var/lib/maps-backend" : "/data/ada/maps-backend");
}

static uint32_t queue_limit(struct fixture *fixture, const struct given *given)
{
    fixture_load(fixture, given);
    fixture_accepted(fixture);
    return fixture->settings->job_queue_limit;
}

static void command_line_beats_environment_beats_file_beats_default(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "MAPS_JOBS_QUEUE_LIMIT=3", NULL };
    struct given given = { 0 };

    assert_int_equal(queue_limit(fixture, &given), 1000);
    given.text = "jobs: { queue_limit = 2; };";
    assert_int_equal(queue_limit(fixture, &given), 2);
    given.environment = environment;
    assert_int_equal(queue_limit(fixture, &given), 3);
    given.overrides[0] = (struct config_override){ "jobs.queue_limit", "4" };
    assert_int_equal(queue_limit(fixture, &given), 4);
    given.overrides[1] = (struct config_override){ "jobs.queue_limit", "5" };
    assert_int_equal(queue_limit(fixture, &given), 5);
}

static void every_well_known_variable_is_read(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "RUNNER_IMAGE=registry.example.org/py:3",
                            "SCRIPT_TIMEOUT=77",
                            "MAPS_LISTEN=[::1]:9000",
                            "MAPS_DATA_DIR=/srv/data",
                            "MAPS_PLUGIN_DIR=/srv/plugins",
                            "MAPS_LIBEXEC_DIR=/srv/libexec",
                            "MAPS_AUTH=token",
                            "MAPS_TOKEN=abc.DEF-123",
                            "MAPS_RUNTIME=sandbox",
                            "MAPS_HTTP_ALLOWED_HOSTS=a.example.org, b.example.org:8000",
                            "BWRAP=/opt/bwrap",
                            NULL };
    struct plugin_values values;

    fixture_load(fixture, &(struct given){ .environment = environment });
    fixture_accepted(fixture);
    const struct settings *settings = fixture->settings;
    assert_string_equal(settings_profile(settings, "python")->public.image,
                        "registry.example.org/py:3");
    assert_int_equal(settings->job_timeout_ms, 77000);
    assert_string_equal(settings->listen_address, "::1");
    assert_int_equal(settings->listen_port, 9000);
    assert_string_equal(settings->data_dir, "/srv/data");
    assert_string_equal(config_plugin_dir(fixture->config), "/srv/plugins");
    assert_string_equal(config_libexec_dir(fixture->config), "/srv/libexec");
    assert_string_equal(settings->token, "abc.DEF-123");
    assert_string_equal(settings->runtime, "sandbox");
    assert_string_equal(settings->http_allowed_hosts[1], "b.example.org:8000");
    config_plugin_values(fixture->config, "sandbox", &values);
    assert_string_equal(values.get(values.context, "bwrap"), "/opt/bwrap");
}

static void the_rule_beats_a_well_known_name(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = {
        "SCRIPT_TIMEOUT=77", "MAPS_JOBS_TIMEOUT_SECONDS=88",   "BWRAP=/a", "MAPS_SANDBOX_BWRAP=/b",
        "RUNNER_IMAGE=one",  "MAPS_PROFILES_PYTHON_IMAGE=two", NULL
    };
    struct plugin_values values;

    fixture_load(fixture, &(struct given){ .environment = environment });
    fixture_accepted(fixture);
    assert_int_equal(fixture->settings->job_timeout_ms, 88000);
    assert_string_equal(settings_profile(fixture->settings, "python")->public.image, "two");
    config_plugin_values(fixture->config, "sandbox", &values);
    assert_string_equal(values.get(values.context, "bwrap"), "/b");
}

static void maps_config_names_the_file(void **state)
{
    struct fixture *fixture = *state;
    char variable[160];
    char *environment[] = { variable, NULL };

    fixture_load(fixture, &(struct given){ .text = "listen = \"127.0.0.1:8123\";" });
    snprintf(variable, sizeof(variable), "MAPS_CONFIG=%s", fixture->file);
    fixture_load(fixture, &(struct given){ .environment = environment });
    fixture_accepted(fixture);
    assert_int_equal(fixture->settings->listen_port, 8123);
    assert_int_equal(config_problem_count(fixture->config), 0);
}

static void an_empty_variable_counts_as_unset(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "MAPS_LISTEN=", "SCRIPT_TIMEOUT=", "MAPS_CONFIG=", NULL };

    fixture_load(fixture, &(struct given){ .environment = environment });
    fixture_accepted(fixture);
    assert_int_equal(fixture->settings->listen_port, 8000);
}

static void relative_folders_of_the_environment_start_here(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "MAPS_DATA_DIR=data", NULL };
    char *current = getcwd(NULL, 0);
    char expected[4200];

    fixture_load(fixture, &(struct given){ .environment = environment });
    fixture_accepted(fixture);
    snprintf(expected, sizeof(expected), "%s/data", current);
    assert_string_equal(fixture->settings->data_dir, expected);
    free(current);
}

static void unknown_maps_variables_only_warn(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "MAPS_BACKEND_PORT=tcp://10.0.0.1:8000", "MAPS_LISTNE=x",
                            "MAPS_URL=http://localhost:8000", "HOME=/root", NULL };

    fixture_load(fixture, &(struct given){ .environment = environment });
    fixture_accepted(fixture);
    assert_int_equal(config_problem_count(fixture->config), 2);
    const struct config_problem *problem =
        fixture_problem(fixture, "environment", 0, "MAPS_BACKEND_PORT");
    assert_true(problem->warning);
    assert_null(strstr(problem->message, "10.0.0.1"));
    fixture_problem(fixture, "environment", 0, "did you mean \"MAPS_LISTEN\"");
}

static void sizes_and_types_of_the_file_arrive(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture,
                 &(struct given){
                     .text = "http: { max_body_bytes = \"2M\"; max_header_bytes = 4096; "
                             "allowed_origins = ( \"https://a.example.org\" ); };\n"
                             "limits: { default: { cpus = 2; memory_bytes = 5368709120L; }; "
                             "max: { cpus = 2.5; memory_bytes = \"6G\"; }; };\n"
                             "jobs: { allowed_networks = [ \"bridge\", \"lan\" ]; };\n",
                 });
    fixture_accepted(fixture);
    const struct settings *settings = fixture->settings;
    assert_int_equal(settings->http_max_body_bytes, 2 << 20);
    assert_int_equal(settings->http_max_header_bytes, 4096);
    assert_string_equal(settings->http_allowed_origins[0], "https://a.example.org");
    assert_int_equal(settings->limits_default.cpu_millis, 2000);
    assert_true(settings->limits_default.memory_bytes == 5368709120u);
    assert_int_equal(settings->limits_max.cpu_millis, 2500);
    assert_string_equal(settings->job_allowed_networks[1], "lan");
    assert_null(settings->job_allowed_networks[2]);
}

static void profiles_come_from_the_file(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "RUNNER_IMAGE=shells:1", NULL };

    fixture_load(fixture,
                 &(struct given){
                     .environment = environment,
                     .text = "default_profile = \"shell\";\n"
                             "profiles: {\n"
                             "  python: { timeout_seconds = 5; };\n"
                             "  shell: { command = [ \"/bin/sh\", \"-eu\" ]; script_name = "
                             "\"script.sh\"; limits: { pids = 9; cpus = 0.5; }; };\n"
                             "};\n",
                 });
    fixture_accepted(fixture);
    const struct profile *python = settings_profile(fixture->settings, "python");
    const struct profile *shell = settings_profile(fixture->settings, "shell");
    assert_int_equal(fixture->settings->profile_count, 2);
    assert_string_equal(python->public.script_name, "script.py");
    assert_string_equal(python->public.command[0], "/usr/bin/python3");
    assert_string_equal(python->public.image, "py-exec:latest");
    assert_int_equal(python->timeout_ms, 5000);
    assert_string_equal(shell->public.image, "shells:1");
    assert_string_equal(shell->public.command[1], "-eu");
    assert_null(shell->public.command[2]);
    assert_int_equal(shell->limits.pids, 9);
    assert_int_equal(shell->limits.cpu_millis, 500);
    assert_null(settings_profile(fixture->settings, "perl"));
}

static void plugins_get_checked_values_in_one_form(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "MAPS_SANDBOX_STRICT=off", NULL };
    struct plugin_values values;

    fixture_load(fixture, &(struct given){
                              .environment = environment,
                              .text = "sandbox: { tmp_bytes = \"1M\"; password = \"hunter2\"; };",
                          });
    fixture_accepted(fixture);
    config_plugin_values(fixture->config, "sandbox", &values);
    assert_string_equal(values.get(values.context, "tmp_bytes"), "1048576");
    assert_string_equal(values.get(values.context, "strict"), "false");
    assert_string_equal(values.get(values.context, "factor"), "1.5");
    assert_string_equal(values.get(values.context, "password"), "hunter2");
    assert_string_equal(values.list(values.context, "binds")[1], "/etc/ssl");
    assert_null(values.list(values.context, "nonsense")[0]);
    assert_null(values.get(values.context, "nonsense"));
    assert_string_equal(values.profiles[0]->name, "python");
    assert_null(values.profiles[1]);
    config_plugin_values(fixture->config, "docker", &values);
    assert_null(values.get(values.context, "tmp_bytes"));
}

static void printing_says_where_each_value_came_from(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "SCRIPT_TIMEOUT=5", "MAPS_TOKEN=sesame", NULL };

    fixture_load(fixture,
                 &(struct given){
                     .text = "@include \"part.conf\"\nhttp: { max_connections = 7; };\n",
                     .included = "\nsandbox: { tmp_bytes = 8192; password = \"hunter2\"; };\n",
                     .environment = environment,
                     .overrides = { { "log_level", "debug" } },
                 });
    fixture_accepted(fixture);
    char *text = fixture_printed(fixture);
    assert_non_null(strstr(text, "jobs.timeout_seconds = 5  # environment SCRIPT_TIMEOUT\n"));
    assert_non_null(strstr(text, "log_level = \"debug\"  # command line\n"));
    assert_non_null(strstr(text, "http.max_body_bytes = \"16M\"  # default\n"));
    assert_non_null(strstr(text, "maps-backend.conf:2\n"));
    assert_non_null(strstr(text, "part.conf:2\n"));
    assert_non_null(strstr(text, "sandbox.binds = [ \"/usr\", \"/etc/ssl\" ]  # default\n"));
    assert_non_null(strstr(text, "# sandbox: Runs scripts here\n"));
    assert_non_null(strstr(text, "token = (hidden)  # environment MAPS_TOKEN\n"));
    assert_null(strstr(text, "sesame"));
    assert_null(strstr(text, "hunter2"));
    free(text);
}

static void checking_again_gives_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct settings *again = NULL;

    fixture_load(fixture, &(struct given){ .text = "lisen = 1;" });
    size_t count = config_problem_count(fixture->config);
    assert_false(config_check(fixture->config, NULL, &again));
    assert_null(again);
    assert_int_equal(config_problem_count(fixture->config), count);
}

/* Each key with a value of its own, so that no two can be mixed up. */
static const char everything[] =
    "listen = \"[::1]:1001\"; data_dir = \"/d\"; plugin_dir = \"/p\"; libexec_dir = \"/l\";\n"
    "runtime = \"sandbox\"; auth = \"none\"; log_level = \"debug\"; default_profile = \"python\";\n"
    "http: { max_body_bytes = 1101; max_header_bytes = 1102; request_timeout_seconds = 1103;\n"
    "  idle_timeout_seconds = 1104; max_connections = 1105; max_connections_per_address = 1106;\n"
    "  allowed_hosts = [ \"h\" ]; allowed_origins = [ \"http://o\" ];\n"
    "  max_upload_bytes = 1107; upload_timeout_seconds = 1108; };\n"
    "jobs: { timeout_seconds = 1201; max_timeout_seconds = 1202; concurrency = 1203;\n"
    "  queue_limit = 1204; max_files = 1205; drain_seconds = 1206; start_retries = 12;\n"
    "  runner_uid = 1208; runner_gid = 1209; allowed_networks = [ \"n\" ];\n"
    "  max_input_bytes = 1210; readable_paths = [ \"/r\" ]; writable_paths = [ \"/w\" ]; };\n"
    "limits: { disk_max_inodes = 1300;\n"
    "  default: { cpus = 1.301; memory_bytes = 13000002; pids = 1303; disk_bytes = 13004;\n"
    "    output_bytes = 1305; };\n"
    "  max: { cpus = 1.401; memory_bytes = 14000002; pids = 1403; disk_bytes = 14004;\n"
    "    output_bytes = 1405; }; };\n"
    "profiles: { python: { image = \"i\"; command = [ \"/c\" ]; script_name = \"s\";\n"
    "  timeout_seconds = 1002; limits: { cpus = 1.201; memory_bytes = 12000002; pids = 1203;\n"
    "  disk_bytes = 12004; output_bytes = 1205; }; }; };\n";

static void expect_limits(const struct maps_limits *limits, uint64_t base)
{
    assert_int_equal(limits->size, sizeof(*limits));
    assert_int_equal(limits->cpu_millis, base + 1);
    assert_int_equal(limits->memory_bytes, base * 10000 + 2);
    assert_int_equal(limits->pids, base + 3);
    assert_int_equal(limits->disk_bytes, base * 10 + 4);
    assert_int_equal(limits->output_bytes, base + 5);
}

static void every_general_and_http_key_arrives(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = everything });
    fixture_accepted(fixture);
    const struct settings *settings = fixture->settings;
    assert_string_equal(settings->listen_address, "::1");
    assert_int_equal(settings->listen_port, 1001);
    assert_string_equal(settings->data_dir, "/d");
    assert_string_equal(settings->plugin_dir, "/p");
    assert_string_equal(settings->libexec_dir, "/l");
    assert_string_equal(settings->runtime, "sandbox");
    assert_true(settings->auth_none);
    assert_string_equal(settings->log_level, "debug");
    assert_int_equal(settings->http_max_body_bytes, 1101);
    assert_int_equal(settings->http_max_header_bytes, 1102);
    assert_int_equal(settings->http_request_timeout_ms, 1103000);
    assert_int_equal(settings->http_idle_timeout_ms, 1104000);
    assert_int_equal(settings->http_max_connections, 1105);
    assert_int_equal(settings->http_max_connections_per_address, 1106);
    assert_int_equal(settings->http_max_upload_bytes, 1107);
    assert_int_equal(settings->http_upload_timeout_ms, 1108000);
    assert_string_equal(settings->http_allowed_hosts[0], "h");
    assert_string_equal(settings->http_allowed_origins[0], "http://o");
}

static void every_key_of_jobs_limits_and_profiles_arrives(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = everything });
    fixture_accepted(fixture);
    const struct settings *settings = fixture->settings;
    assert_int_equal(settings->job_timeout_ms, 1201000);
    assert_int_equal(settings->job_max_timeout_ms, 1202000);
    assert_int_equal(settings->job_concurrency, 1203);
    assert_int_equal(settings->job_queue_limit, 1204);
    assert_int_equal(settings->job_max_files, 1205);
    assert_int_equal(settings->job_drain_ms, 1206000);
    assert_int_equal(settings->job_start_retries, 12);
    assert_int_equal(settings->runner_uid, 1208);
    assert_int_equal(settings->runner_gid, 1209);
    assert_string_equal(settings->job_allowed_networks[0], "n");
    assert_int_equal(settings->job_max_input_bytes, 1210);
    assert_string_equal(settings->job_readable_paths[0], "/r");
    assert_string_equal(settings->job_writable_paths[0], "/w");
    assert_int_equal(settings->disk_max_inodes, 1300);
    expect_limits(&settings->limits_default, 1300);
    expect_limits(&settings->limits_max, 1400);
    expect_limits(&settings->profiles[0].limits, 1200);
    assert_int_equal(settings->profiles[0].timeout_ms, 1002000);
    assert_string_equal(settings->profiles[0].public.image, "i");
    assert_string_equal(settings->profiles[0].public.command[0], "/c");
    assert_string_equal(settings->profiles[0].public.script_name, "s");
}

static void expect_default(const struct surroundings *around, const char *path, const char *text)
{
    struct pool pool = { 0 };
    struct entries entries = { 0 };

    defaults_add(&entries, &pool, around);
    const struct entry *entry = entries_find(&entries, LAYER_DEFAULT, path);
    assert_non_null(entry);
    assert_string_equal(entry->text, text);
    pool_free(&pool);
}

static void defaults_depend_on_user_and_machine(void **state)
{
    const struct surroundings root = { .prefix = "/usr", .cpus = 1, .multiarch = true };
    const struct surroundings user = {
        .uid = 1000, .gid = 100, .cpus = 8, .home = "/home/ada", .prefix = "/opt/maps"
    };
    struct surroundings user_in_root_group = user;

    (void)state;
    user_in_root_group.gid = 0;
    expect_default(&root, "data_dir", "/var/lib/maps-backend");
    expect_default(&root, "jobs.runner_uid", "64738");
    expect_default(&root, "jobs.runner_gid", "64738");
    expect_default(&root, "jobs.concurrency", "4");
    expect_default(&user, "data_dir", "/home/ada/.local/share/maps-backend");
    expect_default(&user, "plugin_dir", "/opt/maps/lib/maps-backend/plugins");
    expect_default(&user, "libexec_dir", "/opt/maps/libexec/maps-backend");
    expect_default(&user, "jobs.runner_uid", "1000");
    expect_default(&user, "jobs.runner_gid", "100");
    expect_default(&user, "jobs.concurrency", "16");
    expect_default(&user_in_root_group, "jobs.runner_gid", "64738");
}

static void the_installed_file_lies_below_the_prefix_or_in_etc(void **state)
{
    struct pool pool = { 0 };

    (void)state;
    assert_string_equal(defaults_config_file(&pool, "/usr"), "/etc/maps-backend/maps-backend.conf");
    assert_string_equal(defaults_config_file(&pool, "/usr/local"),
                        "/usr/local/etc/maps-backend/maps-backend.conf");
    pool_free(&pool);
}

static void tables_of_plugins_built_with_a_longer_struct_are_read(void **state)
{
    struct fixture *fixture = *state;
    struct settings *settings = NULL;
    struct plugin_values values;

    fixture_load(fixture, &(struct given){ .overrides = { { "wide.second", "22" } } });
    (void)config_check(fixture->config, fake_odd_plugins(), &settings);
    config_plugin_values(fixture->config, "wide", &values);
    assert_string_equal(values.get(values.context, "first"), "one");
    assert_string_equal(values.get(values.context, "second"), "22");
}

#define LAYERS_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAYERS_TEST(it_starts_with_nothing_at_all),
        LAYERS_TEST(an_unprivileged_user_keeps_data_at_home),
        LAYERS_TEST(command_line_beats_environment_beats_file_beats_default),
        LAYERS_TEST(every_well_known_variable_is_read),
        LAYERS_TEST(the_rule_beats_a_well_known_name),
        LAYERS_TEST(maps_config_names_the_file),
        LAYERS_TEST(an_empty_variable_counts_as_unset),
        LAYERS_TEST(relative_folders_of_the_environment_start_here),
        LAYERS_TEST(unknown_maps_variables_only_warn),
        LAYERS_TEST(sizes_and_types_of_the_file_arrive),
        LAYERS_TEST(every_general_and_http_key_arrives),
        LAYERS_TEST(every_key_of_jobs_limits_and_profiles_arrives),
        cmocka_unit_test(defaults_depend_on_user_and_machine),
        cmocka_unit_test(the_installed_file_lies_below_the_prefix_or_in_etc),
        LAYERS_TEST(profiles_come_from_the_file),
        LAYERS_TEST(plugins_get_checked_values_in_one_form),
        LAYERS_TEST(tables_of_plugins_built_with_a_longer_struct_are_read),
        LAYERS_TEST(printing_says_where_each_value_came_from),
        LAYERS_TEST(checking_again_gives_the_same),
    };

    return cmocka_run_group_tests_name("config_layers", tests, NULL, NULL);
}
