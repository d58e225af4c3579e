/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of admission fails in turn: the submission is refused, nothing is left
 * behind (under AddressSanitizer), nothing is accepted by half. */
#include "admission_fixture.h"
#include "base/failing_allocations.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char body[] =
    "{\"script_content\": \"x\", \"request_json\": {\"b\": 1, \"a\": [2]},"
    "\"files\": [{\"path\": \"a\", \"content\": \"1\"},"
    "{\"path\": \"b\", \"content_base64\": \"AAEC\"}], \"env\": {\"LANG\": \"C\"},"
    "\"args\": [\"-v\"], \"profile\": \"bash\", \"labels\": {\"team\": \"maps\"}}";

static void memory_that_runs_out_anywhere_refuses_the_submission(void **state)
{
    cJSON_Hooks hooks = { failing_malloc, free };
    long allocations = 0;
    bool failed;

    (void)state;
    cJSON_InitHooks(&hooks);
    do {
        struct submission *submission = NULL;

        fail_allocation_after(allocations++);
        struct error *err = admission_parse(body, strlen(body), &fixture_rules, &submission);
        failed = stop_failing_allocations();
        assert_int_equal(err != NULL, failed);
        assert_int_equal(submission == NULL, failed);
        if (err != NULL)
            assert_int_equal(err->kind, ERROR_INTERNAL);
        error_free(err);
        submission_free(submission);
    } while (failed);
    cJSON_InitHooks(NULL);
    assert_true(allocations > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_runs_out_anywhere_refuses_the_submission),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
