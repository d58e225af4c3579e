/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void an_error_says_kind_field_and_sentence(void **state)
{
    char field[] = "limits.pids";
    struct error *err = error_new(ERROR_INVALID, field, "%s must be at least %d.", field, 4);

    (void)state;
    field[0] = 'X'; /* copied */
    assert_int_equal(err->kind, ERROR_INVALID);
    assert_int_equal(err->retry_after_seconds, 0);
    assert_string_equal(err->field, "limits.pids");
    assert_string_equal(err->message, "limits.pids must be at least 4.");
    error_free(err);

    err = error_new(ERROR_BUSY, NULL, "Full.");
    assert_null(err->field);
    error_free(err);
}

static void errno_becomes_words_and_a_failing_disk_is_storage(void **state)
{
    static const int of_the_disk[] = { ENOSPC, EDQUOT, EROFS, EIO };

    (void)state;
    for (size_t i = 0; i < sizeof(of_the_disk) / sizeof(of_the_disk[0]); i++) {
        ERROR_AUTO err = error_errno(of_the_disk[i], "Cannot write %s", "x");

        assert_int_equal(err->kind, ERROR_STORAGE);
    }
    ERROR_AUTO err = error_errno(ENOENT, "Cannot open %s", "x");
    assert_int_equal(err->kind, ERROR_INTERNAL);
    assert_string_equal(err->message, "Cannot open x: No such file or directory");
}

static void wrapping_adds_context_and_keeps_the_rest(void **state)
{
    struct error *err = error_new(ERROR_CONFLICT, "job_id", "It is in use.");
    struct error *wrapped = error_wrap(err, "Job %d", 7);

    (void)state;
    assert_ptr_equal(wrapped, err);
    assert_string_equal(err->message, "Job 7: It is in use.");
    assert_int_equal(err->kind, ERROR_CONFLICT);
    assert_string_equal(err->field, "job_id");
    error_free(err);
    error_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_says_kind_field_and_sentence),
        cmocka_unit_test(errno_becomes_words_and_a_failing_disk_is_storage),
        cmocka_unit_test(wrapping_adds_context_and_keeps_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
