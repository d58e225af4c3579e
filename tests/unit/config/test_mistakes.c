/* SPDX-License-Identifier: Apache-2.0 */
/* Every mistake is found, all of them at once, each with its place. */
#include "fake_plugins.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void many_mistakes_in_one_file_are_all_named(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(
        fixture,
        &(struct given){
            .text = "listen = \"localhost:8000\";\n" /* 1: not numeric */
                    "lisen = \"127.0.0.1:1\";\n"     /* 2: unknown key */
                    "auth = \"maybe\";\n"            /* 3: bad word */
                    "http: {\n"
                    "  max_connections = \"many\";\n"            /* 5: wrong type */
                    "  max_header_bytes = \"2M\";\n"             /* 6: out of range */
                    "  allowed_hosts = \"a.example.org\";\n"     /* 7: not a list */
                    "  allowed_origins = [ \"example.org\" ];\n" /* 8: no origin */
                    "  request_timeout_seconds = 1.5;\n"         /* 9: a fraction */
                    "};\n"
                    "limits: { defaults: { cpus = 1.0; }; };\n"        /* 11: unknown section */
                    "podman: { socket = \"/run/x\"; };\n"              /* 12: no such plugin */
                    "sandbox: { strict = \"true\"; tmp_bits = 1; };\n" /* 13: string; unknown */
                    "profiles: { perl: { image = \"perl\"; }; };\n"    /* 14: no command */
                    "data_dir = \"var/data\";\n"                       /* 15: relative */
                    "jobs = 5;\n"                                      /* 16: a section */
                    "default_profile = \"ruby\";\n"                    /* 17: no such profile */
                    "token = \"two words\";\n"                         /* 18: cannot be one */
                    "limits2 = [ 1, 2 ];\n",                           /* 19: unknown */
        });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 1, "listen: expected a numeric address");
    fixture_problem(fixture, "maps-backend.conf", 2, "lisen: unknown key; did you mean \"listen\"");
    fixture_problem(fixture, "maps-backend.conf", 3, "auth: expected one of token|none");
    fixture_problem(fixture, "maps-backend.conf", 5, "http.max_connections: expected an integer");
    fixture_problem(fixture, "maps-backend.conf", 6, "from 1K to 1M, got \"2M\"");
    fixture_problem(fixture, "maps-backend.conf", 7, "expected a list of strings");
    fixture_problem(fixture, "maps-backend.conf", 8, "expected an origin");
    fixture_problem(fixture, "maps-backend.conf", 9, "got 1.5");
    fixture_problem(fixture, "maps-backend.conf", 11, "did you mean \"limits.default\"");
    fixture_problem(fixture, "maps-backend.conf", 12, "podman: neither a section");
    fixture_problem(fixture, "maps-backend.conf", 12, "(loaded: sandbox)");
    fixture_problem(fixture, "maps-backend.conf", 13, "sandbox.strict: expected true or false");
    fixture_problem(fixture, "maps-backend.conf", 13, "sandbox.tmp_bits: unknown key");
    fixture_problem(fixture, "maps-backend.conf", 14, "profiles.perl: the profile has no command");
    fixture_problem(fixture, "maps-backend.conf", 15, "expected an absolute path");
    fixture_problem(fixture, "maps-backend.conf", 16, "jobs: this is a section");
    fixture_problem(fixture, "maps-backend.conf", 17,
                    "no profile \"ruby\" (profiles: python, perl)");
    fixture_problem(fixture, "maps-backend.conf", 18, "token: a token is");
    fixture_problem(fixture, "maps-backend.conf", 19, "limits2: unknown key");
    assert_int_equal(config_problem_count(fixture->config), 18);
    for (size_t i = 1; i < 18; i++) /* in the order of the file */
        assert_true(config_problem_at(fixture->config, i - 1)->line <=
                    config_problem_at(fixture->config, i)->line);
}

static void a_known_variable_with_a_bad_value_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "SCRIPT_TIMEOUT=soon", "MAPS_LISTEN=everywhere",
                            "MAPS_SANDBOX_TMP_BYTES=1", NULL };

    fixture_load(fixture, &(struct given){ .environment = environment });
    assert_false(fixture->accepted);
    assert_int_equal(config_problem_count(fixture->config), 3);
    assert_false(fixture_problem(fixture, "environment", 0, "SCRIPT_TIMEOUT: expected")->warning);
    fixture_problem(fixture, "environment", 0, "MAPS_LISTEN: expected");
    fixture_problem(fixture, "environment", 0, "MAPS_SANDBOX_TMP_BYTES: expected");
}

static void overrides_are_checked_like_the_rest(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .overrides = { { "jobs.concurency", "4" },
                                                          { "jobs.queue_limit", "0" },
                                                          { "docker.socket", "x" } } });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "command line", 0, "did you mean \"jobs.concurrency\"");
    fixture_problem(fixture, "command line", 0, "jobs.queue_limit: expected an integer from 1");
    fixture_problem(fixture, "command line", 0, "docker.socket: unknown key");
}

static void a_mistake_is_found_even_where_it_is_overridden(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = "log_level = 5;",
                                           .overrides = { { "log_level", "debug" } } });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 1, "log_level: expected a string, got 5");
}

static void a_syntax_error_stops_only_that_file(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "SCRIPT_TIMEOUT=soon", NULL };

    fixture_load(fixture, &(struct given){
                              .text = "lisen = 1;\nauth = = 2;\nnothing = 3;\n",
                              .environment = environment,
                          });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 2, "syntax error");
    fixture_problem(fixture, "maps-backend.conf", 1, "lisen: unknown key");
    fixture_problem(fixture, "environment", 0, "SCRIPT_TIMEOUT");
    assert_int_equal(config_problem_count(fixture->config), 3);
}

static void what_a_syntax_error_cut_off_is_not_missed(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){
                              .text = "default_profile = \"ruby\";\n"
                                      "profiles: { perl: {\n image = = \"perl\";\n",
                          });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 3, "syntax error");
    assert_int_equal(config_problem_count(fixture->config), 1);
}

static void duplicates_are_named_and_hide_nothing(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture,
                 &(struct given){
                     .text = "profiles: {\n a: { command = [ \"/bin/a\" ]; };\n"
                             " a: { command = [ \"/bin/b\" ]; };\n};\n"                     /* 3 */
                             "jobs = { max_files = 1; queue_limit = 2; max_files = 3; };\n" /* 5 */
                             "# jobs = 1\ntoken = \"jobs = 1;\";\n"
                             "jobs /* once more */ : { };\n"     /* 8 */
                             "http: { max_connections = 0; };\n" /* 9: out of range */
                             "default_profile = \"nobody\";\n"   /* 10: there is none */
                             "limits: { max: { pids = 9; }; default: { pids = 9; }; };\n",
                 });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 3, "\"a\" is given again here, after line 2");
    fixture_problem(fixture, "maps-backend.conf", 5,
                    "\"max_files\" is given again here, after line 5");
    fixture_problem(fixture, "maps-backend.conf", 8, "\"jobs\" is given again here, after line 5");
    fixture_problem(fixture, "maps-backend.conf", 9, "http.max_connections: expected");
    fixture_problem(fixture, "maps-backend.conf", 10,
                    "no profile \"nobody\" (profiles: python, a)");
    fixture_problem(fixture, "maps-backend.conf", 7, "token: a token is");
    assert_int_equal(config_problem_count(fixture->config), 6);
}

static void a_syntax_error_after_a_duplicate_is_named_too(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture,
                 &(struct given){ .text = "auth = \"none\";\nauth = \"token\";\nx = = 1;\n" });
    fixture_problem(fixture, "maps-backend.conf", 2, "\"auth\" is given again here, after line 1");
    fixture_problem(fixture, "maps-backend.conf", 3, "syntax error");
    assert_int_equal(config_problem_count(fixture->config), 2);
}

static void a_duplicate_of_an_included_file_is_named_there(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture,
                 &(struct given){ .text = "lisen = 1;\njobs: { };\n@include \"part.conf\"\n",
                                  .included = "\njobs: { };\n" });
    fixture_problem(fixture, "maps-backend.conf", 1, "lisen: unknown key");
    fixture_problem(fixture, "/part.conf", 2, "duplicate setting name");
    assert_int_equal(config_problem_count(fixture->config), 2);
}

static void mistakes_in_included_files_carry_their_name(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){
                              .text = "auth = \"maybe\";\n@include \"part.conf\"\n",
                              .included = "\n\nsandbox: { factor = \"big\"; };\n",
                          });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 1, "auth");
    fixture_problem(fixture, "/part.conf", 3, "sandbox.factor: expected a decimal number");
}

static void an_include_that_is_not_there_is_named(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture,
                 &(struct given){ .text = "auth = \"none\";\n@include \"absent.conf\"\n" });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 2, "cannot open include file");
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    char *absent[] = { "MAPS_CONFIG=/nonexistent/maps-backend.conf", NULL };
    char *folder[] = { "MAPS_CONFIG=/tmp", NULL };
    char *device[] = { "MAPS_CONFIG=/dev/zero", NULL };

    fixture_load(fixture, &(struct given){ .environment = absent });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "/nonexistent/maps-backend.conf", 0, "No such file");
    fixture_load(fixture, &(struct given){ .environment = folder });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "/tmp", 0, "Is a directory");
    fixture_load(fixture, &(struct given){ .environment = device });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "/dev/zero", 0, "not a regular file");
}

static void integers_that_would_be_cut_off_are_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){
                              .text = "limits: { max: {\n memory_bytes = 4294967297;\n}; };\n",
                          });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 2, "4294967297 is too large");
}

static void a_section_of_a_refused_plugin_only_warns(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = "docker: { socket = \"/run/x\"; };" });
    fixture_accepted(fixture);
    assert_true(fixture_problem(fixture, "maps-backend.conf", 1, "refused")->warning);
}

static void bounds_hold_for_defaults_and_profiles(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture,
                 &(struct given){
                     .text =
                         "limits: {\n"
                         "  max: { memory_bytes = \"256M\"; pids = 100; cpus = 0.5; };\n" /* 2 */
                         "  default: {\n"
                         "    pids = 200;\n" /* 4 */
                         "    cpus = 0;\n"   /* 5 */
                         "  };\n"
                         "};\n"
                         "jobs: { max_timeout_seconds = 60; };\n" /* 8 */
                         "profiles: { python: {\n"
                         "  timeout_seconds = 61;\n"    /* 10 */
                         "  limits: { pids = 101; };\n" /* 11 */
                         "}; };\n",
                 });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 2,
                    "limits.max.memory_bytes: 256M is below limits.default.memory_bytes (512M)");
    fixture_problem(fixture, "maps-backend.conf", 4,
                    "limits.default.pids: 200 is above limits.max.pids (100)");
    fixture_problem(fixture, "maps-backend.conf", 5, "limits.default.cpus: 0 (no limit) is above");
    fixture_problem(fixture, "maps-backend.conf", 8, "is below jobs.timeout_seconds (600)");
    fixture_problem(fixture, "maps-backend.conf", 10, "profiles.python.timeout_seconds: 61");
    fixture_problem(fixture, "maps-backend.conf", 11, "profiles.python.limits.pids: 101");
    assert_int_equal(config_problem_count(fixture->config), 6);
}

static void ranges_are_kept_at_both_ends(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture,
                 &(struct given){ .text = "jobs: { runner_uid = 0; start_retries = 100; "
                                          "drain_seconds = -1; };\n"
                                          "limits: { default: { cpus = -0.5; }; "
                                          "max: { cpus = 0.001;\n memory_bytes = 512; }; };\n"
                                          "profiles: { python: { limits: { pids = 3; }; }; };" });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 1, "jobs.runner_uid: expected");
    fixture_problem(fixture, "maps-backend.conf", 1, "jobs.drain_seconds: expected");
    fixture_problem(fixture, "maps-backend.conf", 2, "limits.default.cpus: expected");
    fixture_problem(fixture, "maps-backend.conf", 2, "limits.max.cpus: expected 0 or a number");
    fixture_problem(fixture, "maps-backend.conf", 3, "expected 0 or at least \"6M\", got 512");
    fixture_problem(fixture, "maps-backend.conf", 4,
                    "python.limits.pids: expected 0 or at least 4");
    assert_int_equal(config_problem_count(fixture->config),
                     7); /* 512 bytes are below the default, too */
}

static void secrets_stay_out_of_messages(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "MAPS_TOKEN=open sesame", NULL };

    fixture_load(fixture, &(struct given){ .environment = environment,
                                           .text = "token = 12345678;\n"
                                                   "sandbox: { password = [ \"hunter2\" ]; };\n" });
    assert_false(fixture->accepted);
    char *text = fixture_printed(fixture);
    assert_non_null(strstr(text, "MAPS_TOKEN: a token is"));
    assert_null(strstr(text, "sesame"));
    assert_null(strstr(text, "12345678"));
    assert_null(strstr(text, "hunter2"));
    free(text);
}

static void each_bad_variable_of_a_profile_is_named_on_its_own_line(void **state)
{
    struct fixture *fixture = *state;

    fixture_load(fixture, &(struct given){ .text = "profiles: { python: {\n"
                                                   "  environment = [\n"
                                                   "    \"LANG=C\",\n"
                                                   "    \"no sign of equality\",\n"
                                                   "    \"2ND=hunter2\",\n"
                                                   "    \"MAPS_INPUT=hunter2\",\n"
                                                   "    \"EMPTY=\",\n"
                                                   "    \"=hunter2\",\n"
                                                   "    \"LANG=hunter2\" ];\n"
                                                   "  network = \"none\";\n"
                                                   "}; };\n" });
    assert_false(fixture->accepted);
    fixture_problem(fixture, "maps-backend.conf", 4, "environment: expected \"NAME=value\"");
    fixture_problem(fixture, "maps-backend.conf", 5, "got the name \"2ND\"");
    fixture_problem(fixture, "maps-backend.conf", 6, "begin with MAPS_ are set by the host");
    fixture_problem(fixture, "maps-backend.conf", 8, "got the name \"\"");
    fixture_problem(fixture, "maps-backend.conf", 9, "\"LANG\" is set twice");
    fixture_problem(fixture, "maps-backend.conf", 10, "a network other than \"none\"");
    assert_int_equal(config_problem_count(fixture->config), 6);
    char *text = fixture_printed(fixture);
    assert_null(strstr(text, "hunter2"));
    free(text);
}

static void the_environment_of_a_profile_has_a_bound(void **state)
{
    struct fixture *fixture = *state;
    char *text = NULL;

    assert_true(
        asprintf(&text, "profiles: { python: { environment = [ \"A=%065533d\" ]; }; };", 0) > 0);
    fixture_load(fixture, &(struct given){ .text = text });
    fixture_accepted(fixture);
    memmove(strstr(text, "A="), "AA=0", 4);
    fixture_load(fixture, &(struct given){ .text = text });
    fixture_accepted(fixture); /* one longer name, one shorter value */
    free(text);
    assert_true(
        asprintf(&text, "profiles: { python: { environment = [ \"A=%065534d\" ]; }; };", 0) > 0);
    fixture_load(fixture, &(struct given){ .text = text });
    fixture_problem(fixture, "maps-backend.conf", 1, "65537 bytes together, at most 65536");
    free(text);
}

static void a_token_without_authentication_warns(void **state)
{
    struct fixture *fixture = *state;
    char *environment[] = { "MAPS_TOKEN=sesame", "MAPS_AUTH=none", NULL };

    fixture_load(fixture, &(struct given){ .environment = environment });
    fixture_accepted(fixture);
    assert_true(fixture->settings->auth_none);
    assert_true(fixture_problem(fixture, "environment", 0, "MAPS_TOKEN: not used")->warning);
}

static void a_plugin_cannot_take_the_name_of_a_section(void **state)
{
    struct fixture *fixture = *state;
    struct settings *settings = NULL;

    fixture_load(fixture, &(struct given){ 0 });
    assert_false(config_check(fixture->config, fake_odd_plugins(), &settings));
    fixture_problem(fixture, "configuration", 0, "the plugin \"jobs\" has the name");
    assert_int_equal(config_problem_count(fixture->config), 1);
}

static void expect_place(const struct fixture *fixture, const char *sentence, const char *file,
                         int line)
{
    struct config_place place;

    assert_true(config_place_in(fixture->config, sentence, &place));
    assert_non_null(strstr(place.file, file));
    assert_int_equal(place.line, line);
}

static void what_a_plugin_complains_of_is_found_again(void **state)
{
    struct fixture *fixture = *state;
    struct config_place place;
    char *environment[] = { "MAPS_SANDBOX_FACTOR=2", NULL };

    fixture_load(fixture,
                 &(struct given){ .text = "sandbox: { strict = true;\n tmp_bytes = 8192; };",
                                  .environment = environment });
    fixture_accepted(fixture);
    expect_place(fixture, "sandbox.tmp_bytes: too small", "maps-backend.conf", 2);
    expect_place(fixture, "It cannot be as sandbox.strict.", "maps-backend.conf", 1);
    expect_place(fixture, "sandbox.factor", "environment", 0);
    assert_false(config_place_in(fixture->config, "sandbox.bwrap: is not there", &place));
    assert_false(
        config_place_in(fixture->config, "a sandbox.strictness, no xsandbox.strict", &place));
    assert_false(config_place_in(fixture->config, "sandbox.strict.mode", &place));
}

#define MISTAKE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MISTAKE_TEST(many_mistakes_in_one_file_are_all_named),
        MISTAKE_TEST(a_known_variable_with_a_bad_value_is_an_error),
        MISTAKE_TEST(overrides_are_checked_like_the_rest),
        MISTAKE_TEST(a_mistake_is_found_even_where_it_is_overridden),
        MISTAKE_TEST(a_syntax_error_stops_only_that_file),
        MISTAKE_TEST(what_a_syntax_error_cut_off_is_not_missed),
        MISTAKE_TEST(duplicates_are_named_and_hide_nothing),
        MISTAKE_TEST(a_syntax_error_after_a_duplicate_is_named_too),
        MISTAKE_TEST(a_duplicate_of_an_included_file_is_named_there),
        MISTAKE_TEST(mistakes_in_included_files_carry_their_name),
        MISTAKE_TEST(an_include_that_is_not_there_is_named),
        MISTAKE_TEST(a_file_that_cannot_be_read_is_an_error),
        MISTAKE_TEST(integers_that_would_be_cut_off_are_refused),
        MISTAKE_TEST(a_section_of_a_refused_plugin_only_warns),
        MISTAKE_TEST(bounds_hold_for_defaults_and_profiles),
        MISTAKE_TEST(ranges_are_kept_at_both_ends),
        MISTAKE_TEST(a_plugin_cannot_take_the_name_of_a_section),
        MISTAKE_TEST(secrets_stay_out_of_messages),
        MISTAKE_TEST(each_bad_variable_of_a_profile_is_named_on_its_own_line),
        MISTAKE_TEST(the_environment_of_a_profile_has_a_bound),
        MISTAKE_TEST(what_a_plugin_complains_of_is_found_again),
        MISTAKE_TEST(a_token_without_authentication_warns),
    };

    return cmocka_run_group_tests_name("config_mistakes", tests, NULL, NULL);
}
