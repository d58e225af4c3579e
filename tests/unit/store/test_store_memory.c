/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the store fails in turn: the operation answers so, nothing of it is
 * stored, and the store goes on. */
#include "base/failing_allocations.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void opening_without_memory_fails_and_can_be_repeated(void **state)
{
    long allocations = 0;
    bool failed;

    do {
        struct store *store = NULL;

        fail_allocation_after(allocations++);
        ERROR_AUTO err = store_open(*state, &store);
        failed = stop_failing_allocations();
        assert_int_equal(err != NULL, failed);
        assert_int_equal(store == NULL, failed);
        store_close(store);
    } while (failed);
    assert_true(allocations > 3);
}

static void an_insert_without_memory_stores_nothing(void **state)
{
    struct store *store = fixture_open(*state);
    long allocations = 0;
    bool failed;

    do {
        struct job_record *record = fixture_record("a"), *stored = NULL, *found = NULL;

        record->idempotency_key = strdup("key");
        fail_allocation_after(allocations++);
        struct error *err = store_wait_insert(store, record, &stored);
        failed = stop_failing_allocations();
        assert_int_equal(err != NULL, failed);
        error_free(err);
        job_record_free(stored);
        err = store_wait_get(store, "a", &found);
        assert_int_equal(err != NULL, failed);
        error_free(err);
        job_record_free(found);
    } while (failed);
    store_close(store);
}

static void a_change_without_memory_changes_nothing(void **state)
{
    char message[] = "m", handle[] = "h", image[] = "i";
    const struct store_change change = {
        .job_id = "a",
        .from = IN(JOB_QUEUED),
        .to = JOB_STARTING,
        .set = STORE_SET_MESSAGE | STORE_SET_HANDLE | STORE_SET_RUNTIME,
        .values = { .message = message, .handle = handle, .image = image }
    };
    struct store *store = fixture_open(*state);
    long allocations = 0;
    bool failed;

    job_record_free(fixture_insert(store, "a"));
    do {
        struct job_record *record = NULL;

        fail_allocation_after(allocations++);
        ERROR_AUTO err = store_wait_change(store, &change, &record);
        failed = stop_failing_allocations();
        assert_int_equal(err != NULL, failed);
        assert_int_equal(record == NULL, failed);
        job_record_free(record);
        assert_int_equal(fixture_status(store, "a"), failed ? JOB_QUEUED : JOB_STARTING);
    } while (failed);
    assert_true(allocations > 5);
    store_close(store);
}

static void a_list_without_memory_answers_nothing_by_half(void **state)
{
    const struct store_query query = { .label_key = "k", .label_value = "v" };
    struct store *store = fixture_open(*state);
    long allocations = 0;
    bool failed;

    for (char id[] = "a"; id[0] <= 'e'; id[0]++) {
        struct job_record *record = fixture_record(id);

        free(record->labels);
        record->labels = strdup("{\"k\":\"v\"}");
        assert_null(store_wait_insert(store, record, &record));
        job_record_free(record);
    }
    do {
        struct job_record **records = NULL;
        size_t count = 0;

        fail_allocation_after(allocations++);
        ERROR_AUTO err = store_wait_list(store, &query, &records, &count);
        failed = stop_failing_allocations();
        assert_int_equal(err != NULL, failed);
        assert_int_equal(count, failed ? 0 : 5);
        store_list_free(records, count);
    } while (failed);
    assert_true(allocations > 10);
    store_close(store);
}

int main(void)
{
#define STORE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(opening_without_memory_fails_and_can_be_repeated),
        STORE_TEST(an_insert_without_memory_stores_nothing),
        STORE_TEST(a_change_without_memory_changes_nothing),
        STORE_TEST(a_list_without_memory_answers_nothing_by_half),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
