/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job_json.h"
#include "job/utf8_repair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct job_record *new_record(void)
{
    struct job_record *record = job_record_new();

    strcpy(record->id, "a-1");
    record->created_ms = 1767323045678;
    record->timeout_ms = 1500;
    record->runtime = strdup("sandbox");
    return record;
}

/* Compares the document, without insignificant differences. */
static void assert_document(const struct job_record *record, const struct job_json_extras *extras,
                            const char *expected)
{
    cJSON *document = job_json(record, extras);
    char *text = cJSON_PrintUnformatted(document);

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
    cJSON_Delete(document);
}

/* What stands under one key. */
static void assert_value(const struct job_record *record, const struct job_json_extras *extras,
                         const char *key, const char *expected)
{
    cJSON *document = job_json(record, extras);
    cJSON *item = cJSON_GetObjectItemCaseSensitive(document, key);
    char *text = item != NULL ? cJSON_PrintUnformatted(item) : NULL;

    if (expected == NULL) {
        assert_null(text);
    } else {
        assert_non_null(text);
        assert_string_equal(text, expected);
    }
    free(text);
    cJSON_Delete(document);
}

static void a_new_job_has_every_key_and_null_for_what_is_not_known(void **state)
{
    struct job_record *record = new_record();

    (void)state;
    assert_document(
        record, NULL,
        "{\"job_id\":\"a-1\",\"status\":\"queued\",\"reason\":null,\"exit_code\":null,"
        "\"signal\":null,\"message\":null,\"runtime\":\"sandbox\",\"runner_type\":null,"
        "\"profile\":null,\"image\":null,\"created_at\":\"2026-01-02T03:04:05.678Z\","
        "\"started_at\":null,\"finished_at\":null,\"timings_ms\":{\"queued\":null,"
        "\"prepare\":null,\"start\":null,\"run\":null,\"collect\":null},\"timeout\":1.5,"
        "\"limits\":{\"cpus\":null,\"memory_bytes\":null,\"pids\":null,\"disk_bytes\":null,"
        "\"output_bytes\":null},\"limits_best_effort\":[],\"labels\":{},\"priority\":0,"
        "\"network\":null,\"attempt\":0,\"logs_truncated\":false,\"logs_damaged\":false,"
        "\"logs_url\":\"/api/jobs/a-1/logs\"}");
    job_record_free(record);
}

static void an_ended_job_says_how(void **state)
{
    struct job_record *record = new_record();

    (void)state;
    record->status = JOB_ERROR;
    record->reason = MAPS_REASON_EXITED;
    record->exit_code = 137;
    record->message = strdup("It exited with \xff.");
    record->timings.run = 12;
    record->limits.cpu_millis = 1500;
    record->limits.memory_bytes = UINT64_C(9007199254740993); /* 2^53 + 1 */
    record->limits_best_effort = MAPS_LIMIT_MEMORY | MAPS_LIMIT_DISK;
    record->logs_truncated = true;
    assert_value(record, NULL, "status", "\"error\"");
    assert_value(record, NULL, "reason", "\"exited\"");
    assert_value(record, NULL, "exit_code", "137");
    assert_value(record, NULL, "signal", "null");
    assert_value(record, NULL, "message", "\"It exited with \xef\xbf\xbd.\"");
    assert_value(record, NULL, "limits",
                 "{\"cpus\":1.5,\"memory_bytes\":9007199254740993,\"pids\":null,"
                 "\"disk_bytes\":null,\"output_bytes\":null}");
    assert_value(record, NULL, "limits_best_effort", "[\"memory_bytes\",\"disk_bytes\"]");
    assert_value(record, NULL, "logs_truncated", "true");
    record->reason = MAPS_REASON_SIGNALED;
    record->exit_code = -1;
    record->signal = 9;
    assert_value(record, NULL, "exit_code", "null");
    assert_value(record, NULL, "signal", "9");
    job_record_free(record);
}

static void progress_stands_in_for_a_message_until_the_end(void **state)
{
    const struct job_json_extras extras = { .progress = "pulling" };
    struct job_record *record = new_record();

    (void)state;
    assert_value(record, &extras, "message", "\"pulling\"");
    record->status = JOB_SUCCESS;
    assert_value(record, &extras, "message", "null");
    record->status = JOB_RUNNING;
    record->message = strdup("said");
    assert_value(record, &extras, "message", "\"said\"");
    job_record_free(record);
}

static void labels_are_those_that_were_given(void **state)
{
    struct job_record *record = new_record();

    (void)state;
    free(record->labels);
    record->labels = strdup("{\"team\":\"x\"}");
    assert_value(record, NULL, "labels", "{\"team\":\"x\"}");
    job_record_free(record);
}

static void logs_are_made_valid_and_say_if_they_are_cut(void **state)
{
    const struct job_json_extras extras = { .logs = "a\0b\xc3(\xf0\x9f\x98\x80",
                                            .logs_length = 9,
                                            .logs_cut = true };
    struct job_record *record = new_record();

    (void)state;
    assert_value(record, NULL, "logs", NULL);
    assert_value(record, &extras, "logs",
                 "\"a\xef\xbf\xbd"
                 "b\xef\xbf\xbd(\xf0\x9f\x98\x80\"");
    assert_value(record, &extras, "logs_cut", "true");
    job_record_free(record);
}

static void outputs_are_listed_if_they_were_read(void **state)
{
    char path[] = "a/b.txt";
    const struct output_file files[] = { { path, UINT64_MAX, 1000 } };
    const struct job_json_extras none = { .has_files = true };
    const struct job_json_extras some = {
        .files = files, .file_count = 1, .has_files = true, .files_more = true
    };
    struct job_record *record = new_record();

    (void)state;
    assert_value(record, NULL, "output_files", NULL);
    assert_value(record, &none, "output_files", "[]");
    assert_value(record, &some, "output_files",
                 "[{\"path\":\"a/b.txt\",\"size\":18446744073709551615,"
                 "\"modified_at\":\"1970-01-01T00:00:01.000Z\"}]");
    assert_value(record, &some, "output_files_more", "true");
    job_record_free(record);
}

static void a_result_stands_as_it_was_written_or_not_at_all(void **state)
{
    static const struct {
        const char *text, *value;
    } cases[] = { { "{\"n\": 12345678901234567890}", "{\"n\": 12345678901234567890}" },
                  { " [1, 2.50]\n", " [1, 2.50]\n" },
                  { "\"text\"", "\"text\"" },
                  { "", NULL },
                  { "{", NULL },
                  { "01", NULL },
                  { "NaN", NULL },
                  { "{} {}", NULL },
                  { "\"\xff\"", NULL },
                  { "\"a\nb\"", NULL },
                  { "{\"a\":1,}", NULL } };
    struct job_record *record = new_record();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct job_json_extras extras = { .result = cases[i].text,
                                                .result_length = strlen(cases[i].text) };

        assert_value(record, &extras, "result", cases[i].value);
    }
    job_record_free(record);
}

static void repair_keeps_what_is_valid(void **state)
{
    static const struct {
        const char *text, *repaired;
    } cases[] = { { "", "" },
                  { "plain", "plain" },
                  { "\xc3\xa9\xe2\x98\x83", "\xc3\xa9\xe2\x98\x83" },
                  { "\xc3", "\xef\xbf\xbd" },
                  { "\xe2\x98", "\xef\xbf\xbd\xef\xbf\xbd" },
                  { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
                  { "\xed\xa0\x80x", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx" } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = utf8_repair(cases[i].text, strlen(cases[i].text));

        assert_string_equal(text, cases[i].repaired);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_job_has_every_key_and_null_for_what_is_not_known),
        cmocka_unit_test(an_ended_job_says_how),
        cmocka_unit_test(progress_stands_in_for_a_message_until_the_end),
        cmocka_unit_test(labels_are_those_that_were_given),
        cmocka_unit_test(logs_are_made_valid_and_say_if_they_are_cut),
        cmocka_unit_test(outputs_are_listed_if_they_were_read),
        cmocka_unit_test(a_result_stands_as_it_was_written_or_not_at_all),
        cmocka_unit_test(repair_keeps_what_is_valid),
    };

    return cmocka_run_group_tests_name("http_job_json", tests, NULL, NULL);
}
