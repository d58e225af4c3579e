/* SPDX-License-Identifier: Apache-2.0 */
/* A submission in parts is the same submission as in JSON: same record, same errors, same
 * digest. */
#include "admission_fixture.h"
#include "base/failing_allocations.h"

#include <cjson/cJSON.h>
#include <nettle/sha2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct submission_text text(const char *bytes)
{
    return (struct submission_text){ .given = bytes != NULL,
                                     .bytes = bytes != NULL ? bytes : "",
                                     .length = bytes != NULL ? strlen(bytes) : 0 };
}

static struct submission_parts parts_of(const char *script, const char *request,
                                        const char *options)
{
    return (struct submission_parts){ .script = text(script),
                                      .request = text(request),
                                      .options = text(options) };
}

static struct staged_file staged(const char *path, const char *bytes)
{
    struct staged_file file = { .path = strdup(path), .staged = strdup("up/0") };
    struct sha256_ctx hash;

    file.length = strlen(bytes);
    sha256_init(&hash);
    sha256_update(&hash, strlen(bytes), (const uint8_t *)bytes);
    sha256_digest(&hash, sizeof(file.digest), file.digest);
    return file;
}

static void clear_staged(struct staged_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(files[i].path);
        free(files[i].staged);
    }
}

static struct submission *accept(const struct submission_parts *parts)
{
    struct submission *submission = NULL;
    struct error *err = admission_parse_parts(parts, &fixture_rules, &submission);

    if (err != NULL)
        fail_msg("refused: %s", err->message);
    return submission;
}

static void assert_same_digest(const struct submission_parts *parts, const char *json, bool same)
{
    struct submission *a = accept(parts), *b = fixture_accept(json);

    if ((strcmp(a->record->request_digest, b->record->request_digest) == 0) != same)
        fail_msg("digests of %s", json);
    submission_free(a);
    submission_free(b);
}

static void parts_make_the_same_submission_as_json(void **state)
{
    struct submission_parts parts = parts_of("print(1)", "{\"b\": 1.50, \"a\": [ ]}",
                                             "{\"timeout\": 5, \"profile\": \"bash\"}");
    struct staged_file files[] = { staged("a/b.csv", "1,2"), staged("c", "") };

    (void)state;
    parts.files = files;
    parts.file_count = 2;
    struct submission *s = accept(&parts);
    assert_string_equal(s->script, "print(1)");
    assert_int_equal(s->script_length, 8);
    assert_string_equal(s->request, "{\"b\":1.50,\"a\":[]}");
    assert_int_equal(s->record->timeout_ms, 5000);
    assert_string_equal(s->record->profile, "bash");
    assert_int_equal(s->file_count, 2);
    assert_string_equal(s->files[0].path, "a/b.csv");
    assert_string_equal(s->files[0].staged, "up/0");
    assert_int_equal(s->files[0].length, 3);
    assert_null(s->files[0].bytes);
    submission_free(s);
    clear_staged(files, 2);
}

static void the_script_alone_is_enough_and_may_be_any_bytes(void **state)
{
    struct submission_parts parts = parts_of("\xff\xfe", NULL, NULL);

    (void)state;
    parts.script.bytes = "\xff\0\n";
    parts.script.length = 3;
    struct submission *s = accept(&parts);
    assert_int_equal(s->script_length, 3);
    assert_memory_equal(s->script, "\xff\0\n", 3);
    assert_string_equal(s->request, "{}");
    submission_free(s);
}

static void options_may_say_what_is_no_part(void **state)
{
    struct submission_parts parts =
        parts_of(NULL, NULL,
                 "{\"script_content\": \"x\", \"request_json\": [1], \"files\": ["
                 "{\"path\": \"a\", \"content\": \"1\"}]}");

    (void)state;
    struct submission *s = accept(&parts);
    assert_string_equal(s->script, "x");
    assert_string_equal(s->request, "[1]");
    assert_string_equal(s->files[0].bytes, "1");
    submission_free(s);
}

static void the_digest_is_that_of_the_same_json(void **state)
{
    struct submission_parts parts = parts_of("x", "{\"a\": 1}", "{\"timeout\": 5}");
    struct staged_file files[] = { staged("a", "1"), staged("b", "\x01") };

    (void)state;
    parts.files = files;
    parts.file_count = 2;
    assert_same_digest(&parts,
                       "{\"timeout\": 5.0, \"request_json\": {\"a\":1}, \"script_content\": \"x\","
                       "\"files\": [{\"path\": \"b\", \"content_base64\": \"AQ==\"},"
                       "{\"path\": \"a\", \"content\": \"1\"}]}",
                       true);
    assert_same_digest(&parts,
                       "{\"timeout\": 5, \"request_json\": {\"a\":1}, \"script_content\": \"x\","
                       "\"files\": [{\"path\": \"b\", \"content\": \"1\"},"
                       "{\"path\": \"a\", \"content\": \"1\"}]}",
                       false);
    parts.file_count = 0;
    assert_same_digest(
        &parts, "{\"timeout\": 5, \"request_json\": {\"a\":1}, \"script_content\": \"x\"}", true);
    assert_same_digest(
        &parts, "{\"timeout\": 5, \"request_json\": {\"a\":1}, \"script_content\": \"y\"}", false);
    clear_staged(files, 2);
}

static void refuse(const struct submission_parts *parts, enum error_kind kind, const char *field)
{
    struct submission *submission = NULL;
    ERROR_AUTO err = admission_parse_parts(parts, &fixture_rules, &submission);

    if (err == NULL)
        fail_msg("accepted, though there is something wrong with %s", field);
    assert_null(submission);
    assert_int_equal(err->kind, kind);
    assert_non_null(err->field);
    assert_string_equal(err->field, field);
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *script, *request, *options;
        enum error_kind kind;
        const char *field;
    } cases[] = {
        { "", NULL, NULL, ERROR_INVALID, "script" },
        { NULL, "{}", "{}", ERROR_INVALID, "script_content" },
        { "x", NULL, "{\"script_content\": \"y\"}", ERROR_INVALID, "script" },
        { "x", "{}", "{\"request_json\": {}}", ERROR_INVALID, "request" },
        { "x", "", NULL, ERROR_MALFORMED, "request" },
        { "x", "{\"limits\": 1,}", NULL, ERROR_MALFORMED, "request" },
        { "x", "{\"a\": 1, \"a\": 2}", NULL, ERROR_MALFORMED, "request" },
        { "x", NULL, "", ERROR_MALFORMED, "options" },
        { "x", NULL, "[]", ERROR_MALFORMED, "options" },
        { "x", NULL, "{", ERROR_MALFORMED, "options" },
        { "x", NULL, "{\"limits\": {\"pids\": }}", ERROR_MALFORMED, "limits" },
        { "x", NULL, "{\"timeout\": -1}", ERROR_INVALID, "timeout" },
        { "x", NULL, "{\"script\": \"y\"}", ERROR_INVALID, "script" },
        { "x", NULL, "{\"limits\": {\"pids\": 0.5}}", ERROR_INVALID, "limits.pids" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct submission_parts parts =
            parts_of(cases[i].script, cases[i].request, cases[i].options);

        refuse(&parts, cases[i].kind, cases[i].field);
    }
}

static void what_is_wrong_with_a_file_is_named(void **state)
{
    struct submission_parts parts = parts_of("x", NULL, NULL);
    struct staged_file twice[] = { staged("a", "1"), staged("b", "2"), staged("a", "3") };
    struct staged_file inside[] = { staged("a/b", "1"), staged("a", "2") };
    struct staged_file outside[] = { staged("a", "1"), staged("../b", "2") };

    (void)state;
    parts.files = twice;
    parts.file_count = 3;
    refuse(&parts, ERROR_INVALID, "files[2].path");
    parts.files = inside;
    parts.file_count = 2;
    refuse(&parts, ERROR_INVALID, "files[1].path");
    parts.files = outside;
    refuse(&parts, ERROR_INVALID, "files[1].path");
    parts.options = text("{\"files\": []}");
    refuse(&parts, ERROR_INVALID, "files");
    clear_staged(twice, 3);
    clear_staged(inside, 2);
    clear_staged(outside, 2);
}

static void memory_that_runs_out_anywhere_refuses_the_submission(void **state)
{
    cJSON_Hooks hooks = { failing_malloc, free };
    struct staged_file files[] = { staged("a", "1"), staged("b", "2") };
    struct submission_parts parts = parts_of("x", "{\"b\": [1]}", "{\"env\": {\"A\": \"B\"}}");
    long allocations = 0;
    bool failed;

    (void)state;
    parts.files = files;
    parts.file_count = 2;
    cJSON_InitHooks(&hooks);
    do {
        struct submission *submission = NULL;

        fail_allocation_after(allocations++);
        struct error *err = admission_parse_parts(&parts, &fixture_rules, &submission);
        failed = stop_failing_allocations();
        assert_int_equal(err != NULL, failed);
        assert_int_equal(submission == NULL, failed);
        error_free(err);
        submission_free(submission);
    } while (failed);
    cJSON_InitHooks(NULL);
    clear_staged(files, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_make_the_same_submission_as_json),
        cmocka_unit_test(the_script_alone_is_enough_and_may_be_any_bytes),
        cmocka_unit_test(options_may_say_what_is_no_part),
        cmocka_unit_test(the_digest_is_that_of_the_same_json),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(what_is_wrong_with_a_file_is_named),
        cmocka_unit_test(memory_that_runs_out_anywhere_refuses_the_submission),
    };

    return cmocka_run_group_tests_name("admission_parts", tests, NULL, NULL);
}
