/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/submission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const struct submission_arguments *arguments, const char *expected)
{
    char *text = NULL;
    struct error *err = submission_text(arguments, &text);

    if (err != NULL)
        fail_msg("%s", err->message);
    assert_string_equal(text, expected);
    free(text);
}

static void each_argument_is_a_field(void **state)
{
    (void)state;
    expect(&(struct submission_arguments){ .job_id = "id",
                                           .script_path = "/s",
                                           .script_content = "c\n",
                                           .request_path = "/r",
                                           .request_json = "{ }",
                                           .input_path = "/i",
                                           .output_path = "/o",
                                           .timeout_ms = 1500 },
           "{\"job_id\":\"id\",\"script_path\":\"/s\",\"script_content\":\"c\\n\",\"request_path\":"
           "\"/r\",\"input_path\":\"/i\",\"output_path\":\"/o\",\"request_json\":{ },\"timeout\":"
           "1.5}");
    expect(&(struct submission_arguments){ .job_id = NULL }, "{}");
}

static void options_are_further_fields(void **state)
{
    (void)state;
    expect(
        &(struct submission_arguments){ .job_id = "id",
                                        .options = "{\"priority\": 5, \"env\": {\"A\": \"b\"}}" },
        "{\"priority\":5,\"env\":{\"A\":\"b\"},\"job_id\":\"id\"}");
}

static void a_request_stays_as_it_was_written(void **state)
{
    (void)state;
    expect(&(struct submission_arguments){ .request_json = "[12345678901234567890, 1.10]" },
           "{\"request_json\":[12345678901234567890, 1.10]}");
}

static void what_is_no_json_is_refused_by_name(void **state)
{
    static const struct {
        struct submission_arguments arguments;
        const char *part;
    } cases[] = { { { .options = "{" }, "options" },
                  { { .options = "[]" }, "options must be" },
                  { { .options = "{\"job_id\": 1}", .job_id = "id" }, "job_id" },
                  { { .request_json = "" }, "request_json" },
                  { { .request_json = "1}, \"x\": {" }, "request_json" } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = NULL;
        struct error *err = submission_text(&cases[i].arguments, &text);

        assert_non_null(err);
        if (strstr(err->message, cases[i].part) == NULL)
            fail_msg("%zu: %s", i, err->message);
        error_free(err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_argument_is_a_field),
        cmocka_unit_test(options_are_further_fields),
        cmocka_unit_test(a_request_stays_as_it_was_written),
        cmocka_unit_test(what_is_no_json_is_refused_by_name),
    };

    return cmocka_run_group_tests_name("runner_submission", tests, NULL, NULL);
}
