/* SPDX-License-Identifier: Apache-2.0 */
/* What the store promises about each operation. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct job_record *full_record(void)
{
    struct job_record *record = fixture_record("full");

    record->runner_type = strdup("SandboxRunner");
    record->profile = strdup("python");
    record->image = strdup("py-exec:latest");
    record->network = strdup("none");
    record->script_name = strdup("script.py");
    record->idempotency_key = strdup("key");
    record->priority = -7;
    record->timeout_ms = 1500;
    record->limits.cpu_millis = 1;
    record->limits.memory_bytes = 2;
    record->limits.pids = 3;
    record->limits.disk_bytes = 4;
    record->limits.output_bytes = UINT64_C(1) << 53;
    record->limits_required = MAPS_LIMIT_CPU | MAPS_LIMIT_OUTPUT;
    record->limits_best_effort = MAPS_LIMIT_PIDS;
    return record;
}

static void every_field_comes_back_after_reopening(void **state)
{
    struct store *store = fixture_open(*state);
    struct job_record *record = NULL;

    assert_null(store_wait_insert(store, full_record(), &record));
    int64_t sequence = record->sequence;
    assert_true(sequence > 0);
    job_record_free(record);
    store_close(store);

    store = fixture_open(*state);
    assert_null(store_wait_get(store, "full", &record));
    assert_int_equal(record->sequence, sequence);
    assert_int_equal(record->status, JOB_QUEUED);
    assert_int_equal(record->exit_code, -1);
    assert_null(record->message);
    assert_string_equal(record->runtime, "sandbox");
    assert_string_equal(record->runner_type, "SandboxRunner");
    assert_string_equal(record->profile, "python");
    assert_string_equal(record->image, "py-exec:latest");
    assert_string_equal(record->network, "none");
    assert_string_equal(record->script_name, "script.py");
    assert_string_equal(record->idempotency_key, "key");
    assert_string_equal(record->request_digest, "d1");
    assert_string_equal(record->handle, "");
    assert_int_equal(record->priority, -7);
    assert_int_equal(record->timeout_ms, 1500);
    assert_int_equal(record->limits.size, sizeof(record->limits));
    assert_int_equal(record->limits.cpu_millis, 1);
    assert_int_equal(record->limits.memory_bytes, 2);
    assert_int_equal(record->limits.pids, 3);
    assert_int_equal(record->limits.disk_bytes, 4);
    assert_int_equal(record->limits.output_bytes, UINT64_C(1) << 53);
    assert_int_equal(record->limits_required, MAPS_LIMIT_CPU | MAPS_LIMIT_OUTPUT);
    assert_int_equal(record->limits_best_effort, MAPS_LIMIT_PIDS);
    assert_int_equal(record->created_ms, 1000);
    assert_int_equal(record->timings.collect, -1);
    job_record_free(record);
    store_close(store);
}

/* Every STORE_SET_ bit writes its fields and no others. */
static void a_change_writes_only_what_it_names(void **state)
{
    struct store *store = fixture_open(*state);
    struct job_record *record;
    struct store_change change = { .job_id = "a", .from = IN(JOB_QUEUED), .to = JOB_STARTING };
    char handle[] = "pid 7", message[] = "starting", image[] = "img";

    job_record_free(fixture_insert(store, "a"));
    change.values = (struct job_record){ .message = message,
                                         .handle = handle,
                                         .image = image,
                                         .attempt = 2,
                                         .reason = MAPS_REASON_OOM,
                                         .exit_code = 9,
                                         .started_ms = 55,
                                         .cancel_requested = true };
    change.set = STORE_SET_ATTEMPT | STORE_SET_HANDLE;
    assert_null(store_wait_change(store, &change, &record));
    assert_int_equal(record->status, JOB_STARTING);
    assert_int_equal(record->attempt, 2);
    assert_string_equal(record->handle, "pid 7");
    assert_null(record->message);
    assert_null(record->image);
    assert_int_equal(record->reason, 0);
    assert_int_equal(record->exit_code, -1);
    assert_int_equal(record->started_ms, 0);
    assert_false(record->cancel_requested);
    job_record_free(record);

    change.from = IN(JOB_STARTING);
    change.to = -1;
    change.set = STORE_SET_MESSAGE | STORE_SET_RUNTIME | STORE_SET_STARTED | STORE_SET_CANCEL;
    change.values.attempt = 99;
    assert_null(store_wait_change(store, &change, &record));
    assert_int_equal(record->status, JOB_STARTING);
    assert_int_equal(record->attempt, 2);
    assert_string_equal(record->message, "starting");
    assert_string_equal(record->image, "img");
    assert_int_equal(record->started_ms, 55);
    assert_true(record->cancel_requested);
    job_record_free(record);
    store_close(store);
}

static void an_outcome_is_stored_whole(void **state)
{
    struct store *store = fixture_open(*state);
    struct job_record *record;
    const struct store_change change = {
        .job_id = "a",
        .from = IN(JOB_QUEUED),
        .to = JOB_ERROR,
        .set = STORE_SET_OUTCOME | STORE_SET_FINISHED | STORE_SET_TIMINGS | STORE_SET_LOG_FLAGS |
               STORE_SET_CLEANUP | STORE_SET_START_ATTEMPTED,
        .values = { .reason = MAPS_REASON_SIGNALED,
                    .exit_code = -1,
                    .signal = 9,
                    .finished_ms = 77,
                    .timings = { 1, 2, 3, 4, 5 },
                    .logs_truncated = true,
                    .logs_damaged = true,
                    .cleanup_pending = true,
                    .start_attempted = true },
    };

    job_record_free(fixture_insert(store, "a"));
    assert_null(store_wait_change(store, &change, &record));
    assert_int_equal(record->status, JOB_ERROR);
    assert_int_equal(record->reason, MAPS_REASON_SIGNALED);
    assert_int_equal(record->signal, 9);
    assert_int_equal(record->finished_ms, 77);
    assert_int_equal(record->timings.queued, 1);
    assert_int_equal(record->timings.prepare, 2);
    assert_int_equal(record->timings.start, 3);
    assert_int_equal(record->timings.run, 4);
    assert_int_equal(record->timings.collect, 5);
    assert_true(record->logs_truncated);
    assert_true(record->logs_damaged);
    assert_true(record->cleanup_pending);
    assert_true(record->start_attempted);
    job_record_free(record);
    store_close(store);
}

static void terminal_is_final(void **state)
{
    struct store *store = fixture_open(*state);
    struct job_record *record;
    struct store_change change = { .job_id = "a", .from = UINT32_MAX, .to = -1 };

    job_record_free(fixture_insert(store, "a"));
    assert_true(fixture_move(store, "a", IN(JOB_QUEUED), JOB_CANCELLED));
    for (int to = JOB_QUEUED; to <= JOB_LOST; to++)
        assert_false(fixture_move(store, "a", UINT32_MAX, to));
    change.set = STORE_SET_OUTCOME;
    fixture_expect_error(store_wait_change(store, &change, &record), ERROR_CONFLICT, "cancelled");
    change.set = STORE_SET_CANCEL | STORE_SET_CLEANUP;
    fixture_expect_error(store_wait_change(store, &change, &record), ERROR_CONFLICT, "cancelled");
    change.set = STORE_SET_CLEANUP;
    change.values.cleanup_pending = true;
    assert_null(store_wait_change(store, &change, &record));
    assert_true(record->cleanup_pending);
    assert_int_equal(record->status, JOB_CANCELLED);
    job_record_free(record);
    store_close(store);
}

static void a_script_that_may_have_started_is_never_queued_again(void **state)
{
    struct store *store = fixture_open(*state);
    struct job_record *record;
    const struct store_change attempted = { .job_id = "a",
                                            .from = IN(JOB_STARTING),
                                            .to = -1,
                                            .set = STORE_SET_START_ATTEMPTED,
                                            .values = { .start_attempted = true } };

    job_record_free(fixture_insert(store, "a"));
    assert_true(fixture_move(store, "a", IN(JOB_QUEUED), JOB_STARTING));
    assert_true(fixture_move(store, "a", IN(JOB_STARTING), JOB_QUEUED));
    assert_true(fixture_move(store, "a", IN(JOB_QUEUED), JOB_STARTING));
    assert_null(store_wait_change(store, &attempted, &record));
    job_record_free(record);
    assert_false(fixture_move(store, "a", IN(JOB_STARTING), JOB_QUEUED));
    assert_true(fixture_move(store, "a", IN(JOB_STARTING), JOB_RUNNING));
    assert_false(fixture_move(store, "a", IN(JOB_RUNNING), JOB_QUEUED));
    store_close(store);
}

static void changes_happen_only_from_the_named_statuses(void **state)
{
    struct store *store = fixture_open(*state);

    job_record_free(fixture_insert(store, "a"));
    assert_false(fixture_move(store, "a", IN(JOB_STARTING) | IN(JOB_RUNNING), JOB_SUCCESS));
    assert_int_equal(fixture_status(store, "a"), JOB_QUEUED);
    assert_false(fixture_move(store, "a", IN(JOB_QUEUED), JOB_RUNNING));
    assert_false(fixture_move(store, "a", 0, JOB_STARTING));
    assert_true(fixture_move(store, "a", IN(JOB_QUEUED) | IN(JOB_STARTING), JOB_STARTING));
    store_close(store);
}

static void unknown_jobs_are_not_found(void **state)
{
    struct store *store = fixture_open(*state);
    char long_id[200];
    struct job_record *record;
    struct store_change change = { .job_id = "nobody", .from = UINT32_MAX, .to = JOB_STARTING };

    memset(long_id, 'x', sizeof(long_id));
    long_id[sizeof(long_id) - 1] = '\0';
    fixture_expect_error(store_wait_get(store, "nobody", &record), ERROR_NOT_FOUND, "nobody");
    assert_null(record);
    fixture_expect_error(store_wait_get(store, long_id, &record), ERROR_NOT_FOUND, "no job");
    fixture_expect_error(store_wait_get(store, "' OR 1=1 --", &record), ERROR_NOT_FOUND, "no job");
    fixture_expect_error(store_wait_change(store, &change, &record), ERROR_NOT_FOUND, "nobody");
    fixture_expect_error(store_wait_delete(store, "nobody"), ERROR_NOT_FOUND, "nobody");
    store_close(store);
}

static void an_id_in_use_is_a_conflict(void **state)
{
    struct store *store = fixture_open(*state);
    struct job_record *record;

    job_record_free(fixture_insert(store, "a"));
    struct error *err = store_wait_insert(store, fixture_record("a"), &record);
    assert_null(record);
    assert_string_equal(err->field, "job_id");
    fixture_expect_error(err, ERROR_CONFLICT, "\"a\" already");
    store_close(store);
}

static struct job_record *keyed(const char *id, const char *key, const char *digest)
{
    struct job_record *record = fixture_record(id);

    record->idempotency_key = strdup(key);
    free(record->request_digest);
    record->request_digest = strdup(digest);
    return record;
}

static void the_same_idempotency_key_is_the_same_job(void **state)
{
    struct store *store = fixture_open(*state);
    struct job_record *record;

    assert_null(store_wait_insert(store, keyed("a", "key", "d1"), &record));
    assert_string_equal(record->id, "a");
    job_record_free(record);
    assert_null(store_wait_insert(store, keyed("b", "key", "d1"), &record));
    assert_string_equal(record->id, "a");
    job_record_free(record);
    struct error *err = store_wait_insert(store, keyed("c", "key", "d2"), &record);
    assert_string_equal(err->field, "Idempotency-Key");
    fixture_expect_error(err, ERROR_CONFLICT, "\"a\"");
    fixture_expect_error(store_wait_get(store, "b", &record), ERROR_NOT_FOUND, "no job");
    store_close(store);
}

static void a_deleted_job_is_forgotten_and_its_number_is_not_given_again(void **state)
{
    struct store *store = fixture_open(*state);
    struct job_record *record;

    assert_null(store_wait_insert(store, keyed("a", "key", "d1"), &record));
    int64_t first = record->sequence;
    job_record_free(record);
    fixture_expect_error(store_wait_delete(store, "a"), ERROR_CONFLICT, "queued");
    assert_true(fixture_move(store, "a", IN(JOB_QUEUED), JOB_LOST));
    assert_null(store_wait_delete(store, "a"));
    assert_null(store_wait_insert(store, keyed("a", "key", "d2"), &record));
    assert_true(record->sequence > first);
    job_record_free(record);
    store_close(store);
}

static void the_owner_label_is_a_dns_label_for_life(void **state)
{
    struct store *store = fixture_open(*state);
    char *owner = strdup(store_owner(store));

    assert_int_equal(strlen(owner), 31);
    assert_int_equal(strncmp(owner, "maps-", 5), 0);
    store_close(store);
    store = fixture_open(*state);
    assert_string_equal(store_owner(store), owner);
    assert_null(store_health(store));
    store_close(store);
    free(owner);
}

/* Answers arrive in the order of the questions, and a callback may ask on. */
struct order {
    struct store *store;
    char seen[8];
    size_t count;
};

static void note(void *context, struct error *err, struct job_record *record)
{
    struct order *order = context;

    order->seen[order->count++] = err == NULL ? record->id[0] : '?';
    error_free(err);
    job_record_free(record);
}

static void note_and_ask(void *context, struct error *err, struct job_record *record)
{
    struct order *order = context;

    note(context, err, record);
    store_get(order->store, "later", note, order);
}

static void answers_come_in_order_and_closing_waits_for_all(void **state)
{
    struct order order = { .store = fixture_open(*state) };

    job_record_free(fixture_insert(order.store, "later"));
    store_insert(order.store, fixture_record("a"), note, &order);
    store_insert(order.store, fixture_record("a"), note, &order);
    store_insert(order.store, fixture_record("b"), note, &order);
    store_get(order.store, "b", note_and_ask, &order);
    store_close(order.store);
    assert_string_equal(order.seen, "a?bbl");
}

/* The row is in before its labels are found to be broken: it must go again, and only it. */
static void an_operation_that_fails_half_way_leaves_nothing_and_harms_no_other(void **state)
{
    struct order order = { .store = fixture_open(*state) };
    struct job_record *broken = fixture_record("broken"), *record;

    free(broken->labels);
    broken->labels = strdup("{not json");
    store_insert(order.store, fixture_record("a"), note, &order);
    store_insert(order.store, broken, note, &order);
    store_insert(order.store, fixture_record("b"), note, &order);
    fixture_expect_error(store_wait_get(order.store, "broken", &record), ERROR_NOT_FOUND, "no job");
    assert_string_equal(order.seen, "a?b");
    assert_null(store_health(order.store));
    assert_int_equal(fixture_status(order.store, "a"), JOB_QUEUED);
    assert_int_equal(fixture_status(order.store, "b"), JOB_QUEUED);
    store_close(order.store);
}

int main(void)
{
#define STORE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_field_comes_back_after_reopening),
        STORE_TEST(a_change_writes_only_what_it_names),
        STORE_TEST(an_outcome_is_stored_whole),
        STORE_TEST(terminal_is_final),
        STORE_TEST(a_script_that_may_have_started_is_never_queued_again),
        STORE_TEST(changes_happen_only_from_the_named_statuses),
        STORE_TEST(unknown_jobs_are_not_found),
        STORE_TEST(an_id_in_use_is_a_conflict),
        STORE_TEST(the_same_idempotency_key_is_the_same_job),
        STORE_TEST(a_deleted_job_is_forgotten_and_its_number_is_not_given_again),
        STORE_TEST(the_owner_label_is_a_dns_label_for_life),
        STORE_TEST(answers_come_in_order_and_closing_waits_for_all),
        STORE_TEST(an_operation_that_fails_half_way_leaves_nothing_and_harms_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
