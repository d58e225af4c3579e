/* SPDX-License-Identifier: Apache-2.0 */
/* Which submissions are accepted, and what they become. */
#include "admission_fixture.h"
#include "job/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_script_alone_gets_all_defaults(void **state)
{
    struct submission *s = fixture_accept("{\"script_content\": \"print('\\u00fc\\n')\"}");
    const struct job_record *r = s->record;

    (void)state;
    assert_string_equal(s->script, "print('\xc3\xbc\n')");
    assert_int_equal(s->script_length, strlen(s->script));
    assert_string_equal(s->request, "{}");
    assert_int_equal(s->file_count, 0);
    assert_true(job_id_valid(r->id));
    assert_int_equal(r->status, JOB_QUEUED);
    assert_int_equal(r->created_ms, 0);
    assert_string_equal(r->runtime, "sandbox");
    assert_string_equal(r->runner_type, "SandboxRunner");
    assert_string_equal(r->profile, "python");
    assert_string_equal(r->image, "py-exec:latest");
    assert_string_equal(r->script_name, "script.py");
    assert_string_equal(r->network, "none");
    assert_string_equal(r->labels, "{}");
    assert_string_equal(r->spec, "{\"args\":[],\"env\":{},\"command\":[\"python3\",\"-u\"]}");
    assert_int_equal(r->priority, 0);
    assert_int_equal(r->timeout_ms, 600000);
    assert_int_equal(r->limits.cpu_millis, 1000);
    assert_int_equal(r->limits.memory_bytes, 256 << 20);
    assert_int_equal(r->limits.pids, 64);
    assert_int_equal(r->limits.disk_bytes, 0);
    assert_int_equal(r->limits_required, 0);
    assert_int_equal(r->limits_best_effort, MAPS_LIMIT_CPU);
    assert_int_equal(strlen(r->request_digest), 64);
    submission_free(s);
}

static const char *network_with(const char *fields, struct submission **s)
{
    *s = fixture_accept_with(fields);
    return (*s)->record->network;
}

static void a_profile_brings_environment_and_network(void **state)
{
    struct submission *s;

    (void)state;
    assert_string_equal(network_with("\"profile\": \"fetch\"", &s), "online");
    assert_string_equal(s->record->spec, "{\"args\":[],\"env\":{\"LANG\":\"C.UTF-8\",\"PROXY\":"
                                         "\"http://p:3128/?a=b\"},\"command\":[\"bash\"]}");
    submission_free(s);
    /* What the job says wins, variable by variable. */
    s = fixture_accept_with("\"profile\": \"fetch\", \"env\": {\"LANG\": \"de\", \"X\": \"\"}");
    assert_non_null(strstr(s->record->spec, "\"env\":{\"LANG\":\"de\",\"X\":\"\",\"PROXY\":"));
    submission_free(s);
    assert_string_equal(network_with("\"profile\": \"fetch\", \"network\": \"none\"", &s), "none");
    submission_free(s);
    assert_string_equal(network_with("\"profile\": \"fetch\", \"network\": \"online\"", &s),
                        "online");
    submission_free(s);
    assert_string_equal(network_with("\"profile\": \"fetch\", \"network\": \"internal\"", &s),
                        "internal");
    submission_free(s);
}

static void what_was_asked_for_wins_over_profile_and_defaults(void **state)
{
    struct submission *s = fixture_accept_with(
        "\"profile\": \"bash\", \"runtime\": \"docker\", \"network\": \"internal\","
        "\"priority\": -100, \"job_id\": \"mine\", \"timeout\": 1.5,"
        "\"limits\": {\"cpus\": 0.25, \"pids\": 4, \"output_bytes\": 1e3},"
        "\"args\": [\"-v\", \"\"], \"env\": {\"B\": \"2\", \"A_1\": \"\"},"
        "\"labels\": {\"team/x\": \"maps \\\"\"}");
    const struct job_record *r = s->record;

    (void)state;
    assert_string_equal(r->id, "mine");
    assert_string_equal(r->runtime, "docker");
    assert_string_equal(r->image, "");
    assert_string_equal(r->network, "internal");
    assert_string_equal(r->labels, "{\"team/x\":\"maps \\\"\"}");
    assert_string_equal(r->spec, "{\"args\":[\"-v\",\"\"],\"env\":{\"A_1\":\"\",\"B\":\"2\"},"
                                 "\"command\":[\"bash\"]}");
    assert_int_equal(r->priority, -100);
    assert_int_equal(r->timeout_ms, 1500);
    assert_int_equal(r->limits.cpu_millis, 250);
    assert_int_equal(r->limits.memory_bytes, 128 << 20);
    assert_int_equal(r->limits.pids, 4);
    assert_int_equal(r->limits.output_bytes, 1000);
    assert_int_equal(r->limits_required, MAPS_LIMIT_CPU | MAPS_LIMIT_PIDS | MAPS_LIMIT_OUTPUT);
    assert_int_equal(r->limits_best_effort, 0);
    submission_free(s);

    s = fixture_accept_with("\"profile\": \"bash\"");
    assert_int_equal(s->record->timeout_ms, 30000);
    submission_free(s);
}

static void null_means_not_said(void **state)
{
    struct submission *s = fixture_accept_with(
        "\"script_path\": null, \"request_json\": null, \"request_path\": null, \"files\": null,"
        "\"input_path\": null, \"output_path\": null, \"timeout\": null, \"limits\": null,"
        "\"env\": null, \"args\": null, \"profile\": null, \"runtime\": null, \"network\": null,"
        "\"labels\": null, \"priority\": null, \"job_id\": null, \"callback_url\": null");

    (void)state;
    assert_string_equal(s->request, "{}");
    assert_int_equal(s->record->timeout_ms, 600000);
    submission_free(s);
}

static void the_request_keeps_its_text_but_for_white_space(void **state)
{
    static const char *const pairs[][2] = {
        { " { \"b\" : [ 1 , 2.50 ] , \"a\" : \"x  y\" } ", "{\"b\":[1,2.50],\"a\":\"x  y\"}" },
        { "12345678901234567890", "12345678901234567890" },
        { "\"a\\\\\" ", "\"a\\\\\"" },
        { "[\"q\\\\\", \" // \" ]", "[\"q\\\\\",\" // \"]" },
        { "[\"\\\"  \\\\\\\"\", 1 ]", "[\"\\\"  \\\\\\\"\",1]" },
        { "true", "true" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char fields[256];

        (void)snprintf(fields, sizeof(fields), "\"request_json\": %s", pairs[i][0]);
        struct submission *s = fixture_accept_with(fields);
        assert_string_equal(s->request, pairs[i][1]);
        assert_int_equal(s->request_length, strlen(pairs[i][1]));
        submission_free(s);
    }
    struct submission *s = fixture_accept_with("\"request\\u005fjson\": {\"a\": [1, 2]}");
    assert_string_equal(s->request, "{\"a\":[1,2]}");
    submission_free(s);
}

static void files_come_as_text_or_base64(void **state)
{
    struct submission *s =
        fixture_accept_with("\"files\": [{\"path\": \"a/b.csv\", \"content\": \"\"},"
                            "{\"path\": \"a/\\u00fc b\", \"content_base64\": \"AAH/\"},"
                            "{\"path\": \"...\", \"content_base64\": \"aGk=\"}]");

    (void)state;
    assert_int_equal(s->file_count, 3);
    assert_string_equal(s->files[0].path, "a/b.csv");
    assert_int_equal(s->files[0].length, 0);
    assert_int_equal(s->files[1].length, 3);
    assert_memory_equal(s->files[1].bytes, "\0\1\xff", 3);
    assert_int_equal(s->files[2].length, 2);
    assert_memory_equal(s->files[2].bytes, "hi", 2);
    submission_free(s);
}

static char *digest_of(const char *fields)
{
    struct submission *s = fixture_accept_with(fields);
    char *digest = strdup(s->record->request_digest);

    submission_free(s);
    return digest;
}

static void assert_same(bool same, const char *a, const char *b)
{
    char *first = digest_of(a), *second = digest_of(b);

    if (same)
        assert_string_equal(first, second);
    else
        assert_string_not_equal(first, second);
    free(first);
    free(second);
}

static void the_digest_is_of_the_meaning_not_of_the_text(void **state)
{
    (void)state;
    assert_same(true, "\"timeout\": 5, \"env\": {\"A\": \"1\", \"B\": \"2\"}",
                "\"env\":{\"B\":\"\\u0032\",\"A\":\"1\"},\"timeout\":5.0");
    assert_same(false, "\"timeout\": 5", "\"timeout\": 6");
    assert_same(false, "\"args\": [\"a\", \"b\"]", "\"args\": [\"b\", \"a\"]");
    assert_same(false, "\"args\": [\"ab\"]", "\"args\": [\"a\", \"b\"]");
    assert_same(false, "\"request_json\": 1", "\"request_json\": \"1\"");
    assert_same(false, "\"request_json\": true", "\"request_json\": false");
    assert_same(false, "\"request_json\": []", "\"request_json\": {}");
    assert_same(false, "\"request_json\": {\"a\": 1}", "\"request_json\": {\"b\": 1}");
    assert_same(false, "\"request_json\": [[1], 2]", "\"request_json\": [[1, 2]]");
    assert_same(false, "\"job_id\": \"a\"", "\"job_id\": \"b\"");
}

static void folders_for_files_are_relative_and_stay_inside(void **state)
{
    char path[5000];

    (void)state;
    assert_true(admission_path_valid("a"));
    assert_true(admission_path_valid("a/b/.hidden"));
    assert_true(admission_path_valid("\xc3\xa9"));
    static const char *const bad[] = { "",     "/",    "/a",         "a/",    "a//b", ".",
                                       "..",   "a/..", "./a",        "a/./b", "../a", "a\nb",
                                       "\x7f", "\xff", "a/\xc0\xaf", "a/../b" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(admission_path_valid(bad[i]));
    memset(path, 'x', sizeof(path));
    path[256] = '\0';
    assert_false(admission_path_valid(path));
    path[255] = '\0';
    assert_true(admission_path_valid(path));
    for (size_t i = 0; i < sizeof(path); i++)
        path[i] = i % 2 == 0 ? 'x' : '/';
    path[4095] = '\0';
    assert_true(admission_path_valid(path));
    path[4095] = '/';
    path[4097] = '\0';
    assert_false(admission_path_valid(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_alone_gets_all_defaults),
        cmocka_unit_test(a_profile_brings_environment_and_network),
        cmocka_unit_test(what_was_asked_for_wins_over_profile_and_defaults),
        cmocka_unit_test(null_means_not_said),
        cmocka_unit_test(the_request_keeps_its_text_but_for_white_space),
        cmocka_unit_test(files_come_as_text_or_base64),
        cmocka_unit_test(the_digest_is_of_the_meaning_not_of_the_text),
        cmocka_unit_test(folders_for_files_are_relative_and_stay_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
