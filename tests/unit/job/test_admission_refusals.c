/* SPDX-License-Identifier: Apache-2.0 */
/* Which submissions are refused, and that the error says where and why. */
#include "admission_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void malformed(const char *body, const char *field, const char *words)
{
    fixture_refuse(body, ERROR_MALFORMED, field, words);
}

static void what_is_not_json_is_malformed_with_its_position(void **state)
{
    (void)state;
    malformed("", NULL, "line 1, byte 1");
    malformed("   ", NULL, "the text ends");
    malformed("nonsense", NULL, "a value was expected");
    malformed("{\"a\": 1,}", NULL, "a string was expected");
    malformed("{\n  \"timeout\": 01}", "timeout", "line 2, byte 15");
    malformed("{} {}", NULL, "after the end");
    malformed("{'a': 1}", NULL, "a string was expected");
    malformed("{\"a\": +1}", "a", "a value was expected");
    malformed("{\"a\": 1.}", "a", "a digit");
    malformed("{\"a\": .5}", "a", "a value");
    malformed("{\"a\": 1e}", "a", "a digit");
    malformed("{\"a\": NaN}", "a", "a value");
    malformed("{\"a\": \"\n\"}", "a", "control characters");
    malformed("{\"a\": \"\\x\"}", "a", "escape");
    malformed("{\"a\": \"", "a", "inside a string");
    malformed("{\"a\": \"\\", "a", "escape");
    malformed("{\"a\" 1}", "a", "':'");
    malformed("{\"a\": [1 2]}", "a", "',' or ']'");
    malformed("{\"a\": 1", "a", "',' or '}'");
    malformed("\xef\xbb\xbf{}", NULL, "a value was expected");
    malformed("[]", NULL, "must be a JSON object");
    malformed("\"x\"", NULL, "must be a JSON object");
}

static void text_that_no_program_agrees_on_is_malformed(void **state)
{
    (void)state;
    malformed("{\"script_content\": \"\xff\"}", "script_content", "UTF-8");
    malformed("{\"script_content\": \"\xc0\x80\"}", "script_content", "UTF-8");
    malformed("{\"script_content\": \"\xed\xa0\x80\"}", "script_content", "UTF-8");
    malformed("{\"script_content\": \"a\\u0000b\"}", "script_content", "\\u0000");
    malformed("{\"request_json\": {\"\\u0000\": 1}}", "request_json", "\\u0000");
    malformed("{\"script_content\": \"\\ud800\"}", "script_content", "surrogate");
    malformed("{\"script_content\": \"\\udc00\"}", "script_content", "surrogate");
    malformed("{\"script_content\": \"\\ud800\\u0041\"}", "script_content", "surrogate");
    malformed("{\"script_content\": \"\\u00g0\"}", "script_content", "hexadecimal");
    malformed("{\"timeout\": 1e999}", "timeout", "out of range");
    malformed("{\"timeout\": 1, \"timeout\": 2}", "timeout", "twice");
    malformed("{\"timeout\": 1, \"time\\u006fut\": 2}", "timeout", "twice");
    malformed("{\"request_json\": [{\"a\": 1, \"b\": 2, \"a\": 1}]}", "request_json", "\"a\"");
}

static char *nested(int depth)
{
    char *body = calloc(1, (size_t)depth * 2 + 64);
    size_t used = (size_t)sprintf(body, "{\"script_content\": \"x\", \"request_json\": ");

    memset(body + used, '[', (size_t)depth);
    memset(body + used + depth, ']', (size_t)depth);
    body[used + (size_t)depth * 2] = '}';
    return body;
}

static void nesting_is_bounded(void **state)
{
    char *body = nested(63);

    (void)state;
    submission_free(fixture_accept(body));
    free(body);
    body = nested(64);
    malformed(body, "request_json", "nested too deeply");
    free(body);
    body = nested(1000000);
    malformed(body, "request_json", "nested too deeply");
    free(body);
}

static void unknown_keys_are_all_named(void **state)
{
    (void)state;
    fixture_refuse_with("\"zoo\": 1, \"memory\": 2", "memory", "\"memory\", \"zoo\"");
    fixture_refuse_with("\"limits\": {\"ram\": 1, \"gpus\": 2}", "limits.gpus", "\"gpus\", ");
    fixture_refuse_with("\"files\": [{\"path\": \"a\", \"content\": \"\"}, {\"name\": 1}]",
                        "files[1].name", "\"name\"");
    fixture_refuse_with("\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,"
                        "\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1",
                        "a", "and 2 more");
}

static void the_script_is_required(void **state)
{
    (void)state;
    fixture_refuse("{}", ERROR_INVALID, "script_content", "not empty");
    fixture_refuse("{\"script_content\": \"\"}", ERROR_INVALID, "script_content", "not empty");
    fixture_refuse("{\"script_content\": 7}", ERROR_INVALID, "script_content", "a string");
}

static void folders_of_the_host_and_callbacks_are_refused(void **state)
{
    (void)state;
    fixture_refuse("{\"script_path\": \"/etc/passwd\"}", ERROR_INVALID, "script_path",
                   "no folders");
    fixture_refuse_with("\"request_path\": \"/a\"", "request_path", "no folders");
    fixture_refuse_with("\"input_path\": \"/a\"", "input_path", "no folders");
    fixture_refuse_with("\"output_path\": \"/a\"", "output_path", "no folders");
    fixture_refuse_with("\"callback_url\": \"http://x\"", "callback_url", "not available");
}

static void names_must_be_known_or_valid(void **state)
{
    (void)state;
    fixture_refuse_with("\"profile\": \"cobol\"", "profile", "python, bash, fetch");
    fixture_refuse_with("\"runtime\": \"podman\"", "runtime", "docker, sandbox");
    fixture_refuse_with("\"network\": \"host\"", "network", "\"host\"");
    fixture_refuse_with("\"network\": \"online\"", "network", "\"online\"");
    fixture_refuse_with("\"network\": true", "network", "string");
    fixture_refuse_with("\"job_id\": \"../etc\"", "job_id", "hyphen");
    fixture_refuse_with("\"job_id\": \"\"", "job_id", "hyphen");
    fixture_refuse_with("\"priority\": 101", "priority", "100");
    fixture_refuse_with("\"priority\": 0.5", "priority", "whole");
    fixture_refuse_with("\"priority\": \"1\"", "priority", "whole");
}

static void timeouts_and_limits_have_bounds(void **state)
{
    (void)state;
    fixture_refuse_with("\"timeout\": 0", "timeout", "above 0");
    fixture_refuse_with("\"timeout\": -1", "timeout", "above 0");
    fixture_refuse_with("\"timeout\": 3600.001", "timeout", "3600");
    fixture_refuse_with("\"timeout\": \"5\"", "timeout", "number");
    fixture_refuse_with("\"timeout\": 1e300", "timeout", "number");
    fixture_refuse_with("\"limits\": []", "limits", "object");
    fixture_refuse_with("\"limits\": {\"memory_bytes\": 0}", "limits.memory_bytes", "6291456");
    fixture_refuse_with("\"limits\": {\"memory_bytes\": 6291455}", "limits.memory_bytes", "whole");
    fixture_refuse_with("\"limits\": {\"memory_bytes\": 1073741825}", "limits.memory_bytes",
                        "1073741824");
    fixture_refuse_with("\"limits\": {\"memory_bytes\": 1e30}", "limits.memory_bytes", "whole");
    fixture_refuse_with("\"limits\": {\"memory_bytes\": 67108864.5}", "limits.memory_bytes",
                        "whole");
    fixture_refuse_with("\"limits\": {\"pids\": -1}", "limits.pids", "whole");
    fixture_refuse_with("\"limits\": {\"pids\": \"9\"}", "limits.pids", "whole");
    fixture_refuse_with("\"runtime\": \"docker\", \"limits\": {\"cpus\": 2.001}", "limits.cpus",
                        "0.01 to 2");
    fixture_refuse_with("\"limits\": {\"cpus\": 1}", "limits.cpus", "cannot enforce");
    submission_free(fixture_accept_with("\"limits\": {\"disk_bytes\": 4096}"));
    submission_free(fixture_accept_with("\"timeout\": 3600"));
    submission_free(fixture_accept_with("\"runtime\": \"docker\", \"limits\": {\"cpus\": 2}"));
}

static void args_env_and_labels_are_checked(void **state)
{
    (void)state;
    fixture_refuse_with("\"args\": \"-v\"", "args", "list");
    fixture_refuse_with("\"args\": [\"a\", 1]", "args[1]", "string");
    fixture_refuse_with("\"env\": [\"A=1\"]", "env", "object");
    fixture_refuse_with("\"env\": {\"A\": 1}", "env.A", "string");
    fixture_refuse_with("\"env\": {\"A\": null}", "env.A", "string");
    fixture_refuse_with("\"env\": {\"\": \"x\"}", "env.", "letters");
    fixture_refuse_with("\"env\": {\"1A\": \"x\"}", "env.1A", "digit");
    fixture_refuse_with("\"env\": {\"A=B\": \"x\"}", "env.A=B", "letters");
    fixture_refuse_with("\"env\": {\"MAPS_JOB_ID\": \"x\"}", "env.MAPS_JOB_ID", "set by the host");
    fixture_refuse_with("\"labels\": 3", "labels", "object");
    fixture_refuse_with("\"labels\": {\"a\": 3}", "labels.a", "string");
    fixture_refuse_with("\"labels\": {\"-a\": \"x\"}", "labels.-a", "begin and end");
    fixture_refuse_with("\"labels\": {\"a\\\"b\": \"x\"}", "labels.a\"b", "letters");
}

static void totals_are_bounded(void **state)
{
    static char fields[70000 + 64], body[70000 + 128];
    char filler[70000];

    (void)state;
    memset(filler, 'x', sizeof(filler) - 1);
    filler[sizeof(filler) - 1] = '\0';
    (void)snprintf(fields, sizeof(fields), "\"env\": {\"A\": \"%s\"}", filler);
    fixture_refuse_with(fields, "env", "65536");
    (void)snprintf(fields, sizeof(fields), "\"args\": [\"%s\"]", filler);
    fixture_refuse_with(fields, "args", "65536");
    filler[256] = '\0';
    (void)snprintf(fields, sizeof(fields), "\"labels\": {\"a\": \"%s\"}", filler);
    fixture_refuse_with(fields, "labels.a", "255");
    size_t used = (size_t)sprintf(body, "\"labels\": {");
    for (int i = 0; i < 65; i++)
        used += (size_t)sprintf(body + used, "%s\"k%d\": \"\"", i == 0 ? "" : ",", i);
    (void)sprintf(body + used, "}");
    fixture_refuse_with(body, "labels", "64");
}

static void files_are_checked_each_by_its_index(void **state)
{
    (void)state;
    fixture_refuse_with("\"files\": {}", "files", "list");
    fixture_refuse_with("\"files\": [1]", "files[0]", "object");
    fixture_refuse_with("\"files\": [{\"content\": \"\"}]", "files[0].path", "relative");
    fixture_refuse_with("\"files\": [{\"path\": \"../x\", \"content\": \"\"}]", "files[0].path",
                        "relative");
    fixture_refuse_with("\"files\": [{\"path\": \"a\"}]", "files[0].content", "either");
    fixture_refuse_with(
        "\"files\": [{\"path\": \"a\", \"content\": \"\", \"content_base64\": \"\"}]",
        "files[0].content", "either");
    fixture_refuse_with("\"files\": [{\"path\": \"a\", \"content\": 5}]", "files[0].content",
                        "string");
    fixture_refuse_with(
        "\"files\": [{\"path\": \"1\", \"content\": \"\"},"
        "{\"path\": \"2\", \"content\": \"\"}, {\"path\": \"3\", \"content\": \"\"},"
        "{\"path\": \"4\", \"content\": \"\"}]",
        "files", "at most 3");
}

static void two_files_cannot_have_one_place(void **state)
{
    (void)state;
    fixture_refuse_with("\"files\": [{\"path\": \"a\", \"content\": \"\"},"
                        "{\"path\": \"a\", \"content\": \"\"}]",
                        "files[1].path", "already");
    fixture_refuse_with(
        "\"files\": [{\"path\": \"a/b\", \"content\": \"\"},"
        "{\"path\": \"a-b\", \"content\": \"\"},{\"path\": \"a\", \"content\": \"\"}]",
        "files[2].path", "already");
    submission_free(fixture_accept_with("\"files\": [{\"path\": \"a/b\", \"content\": \"\"},"
                                        "{\"path\": \"a/bc\", \"content\": \"\"},"
                                        "{\"path\": \"ab\", \"content\": \"\"}]"));
}

static void base64_is_strict(void **state)
{
    static const char *const bad[] = { "A",       "AA",    "AAA",       "AA=A", "A===",
                                       "====",    "AAAA=", "AA AA",     "AB==", "AAB=",
                                       "AA\\n==", "-_-_",  "\\u00e9A==" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char fields[128];

        (void)snprintf(fields, sizeof(fields),
                       "\"files\": [{\"path\": \"a\", \"content_base64\": \"%s\"}]", bad[i]);
        fixture_refuse_with(fields, "files[0].content_base64", "base64");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_json_is_malformed_with_its_position),
        cmocka_unit_test(text_that_no_program_agrees_on_is_malformed),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(unknown_keys_are_all_named),
        cmocka_unit_test(the_script_is_required),
        cmocka_unit_test(folders_of_the_host_and_callbacks_are_refused),
        cmocka_unit_test(names_must_be_known_or_valid),
        cmocka_unit_test(timeouts_and_limits_have_bounds),
        cmocka_unit_test(args_env_and_labels_are_checked),
        cmocka_unit_test(totals_are_bounded),
        cmocka_unit_test(files_are_checked_each_by_its_index),
        cmocka_unit_test(two_files_cannot_have_one_place),
        cmocka_unit_test(base64_is_strict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
