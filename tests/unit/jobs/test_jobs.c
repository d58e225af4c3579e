/* SPDX-License-Identifier: Apache-2.0 */
/* The promises of the job contract, kept by the jobs room whatever a runtime does. */
#include "house.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct house house;

static int set_up(void **state)
{
    (void)state;
    house_open(&house, 4, 100);
    return 0;
}

static int set_up_single(void **state)
{
    (void)state;
    house_open(&house, 1, 5);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

static void submit(const char *body, char id[static JOB_ID_BYTES])
{
    struct job_record *record = NULL;
    struct error *err = house_submit(&house, body, NULL, &record);

    if (err != NULL)
        fail_msg("%s", err->message);
    memcpy(id, record->id, JOB_ID_BYTES);
    job_record_free(record);
}

static void expect_end(const char *id, enum job_status status, uint32_t reason)
{
    struct job_record *record = house_wait_end(&house, id);

    assert_string_equal(job_status_name(record->status), job_status_name(status));
    assert_int_equal(record->reason, reason);
    job_record_free(record);
}

static void exit_codes_become_statuses(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"exit 0\"}", id);
    expect_end(id, JOB_SUCCESS, MAPS_REASON_EXITED);
    submit("{\"script_content\": \"exit 3\"}", id);
    expect_end(id, JOB_ERROR, MAPS_REASON_EXITED);
    struct job_record *record = house_wait_end(&house, id);
    assert_int_equal(record->exit_code, 3);
    assert_int_equal(record->attempt, 1);
    assert_true(record->started_ms >= record->created_ms);
    assert_true(record->finished_ms >= record->started_ms);
    assert_true(record->timings.run >= 0);
    job_record_free(record);
}

static void the_start_is_when_the_runtime_says_it_was(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"late\"}", id);
    struct job_record *record = house_wait_end(&house, id);
    assert_int_equal(record->status, JOB_SUCCESS);
    assert_int_equal(record->started_ms, atoll(record->message));
    assert_true(record->timings.run >= 49);
    job_record_free(record);
}

static void a_running_job_is_cancelled(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"wait\"}", id);
    job_record_free(house_wait_status(&house, id, JOB_RUNNING));
    assert_null(house_cancel(&house, id));
    expect_end(id, JOB_CANCELLED, MAPS_REASON_CANCELLED);
    assert_null(house_cancel(&house, id));
    assert_int_equal(house_starts(&house, id), 1);
}

static void a_queued_job_is_cancelled_without_a_start(void **state)
{
    char first[JOB_ID_BYTES], second[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"wait\"}", first);
    job_record_free(house_wait_status(&house, first, JOB_RUNNING));
    submit("{\"script_content\": \"exit 0\"}", second);
    assert_null(house_cancel(&house, second));
    expect_end(second, JOB_CANCELLED, MAPS_REASON_CANCELLED);
    assert_null(house_cancel(&house, first));
    expect_end(first, JOB_CANCELLED, MAPS_REASON_CANCELLED);
    assert_int_equal(house_starts(&house, second), 0);
}

static void higher_priority_starts_first(void **state)
{
    char blocker[JOB_ID_BYTES], low[JOB_ID_BYTES], high[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"wait\"}", blocker);
    job_record_free(house_wait_status(&house, blocker, JOB_RUNNING));
    submit("{\"script_content\": \"exit 0\", \"priority\": -5}", low);
    submit("{\"script_content\": \"wait\", \"priority\": 5}", high);
    assert_null(house_cancel(&house, blocker));
    job_record_free(house_wait_status(&house, high, JOB_RUNNING));
    struct job_record *record = NULL;
    assert_null(store_wait_get(house.store, low, &record));
    assert_int_equal(record->status, JOB_QUEUED);
    job_record_free(record);
    assert_null(house_cancel(&house, high));
    expect_end(low, JOB_SUCCESS, MAPS_REASON_EXITED);
}

static void a_full_queue_says_when_to_come_back(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"wait\"}", id);
    job_record_free(house_wait_status(&house, id, JOB_RUNNING));
    for (int i = 0; i < 5; i++) {
        char queued[JOB_ID_BYTES];
        submit("{\"script_content\": \"exit 0\"}", queued);
    }
    struct error *err = house_submit(&house, "{\"script_content\": \"exit 0\"}", NULL, NULL);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_BUSY);
    assert_true(err->retry_after_seconds > 0);
    error_free(err);
    assert_null(house_cancel(&house, id));
}

static void a_start_that_failed_is_tried_again(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"unavailable 2\"}", id);
    expect_end(id, JOB_SUCCESS, MAPS_REASON_EXITED);
    struct job_record *record = house_wait_end(&house, id);
    assert_int_equal(record->attempt, 3);
    job_record_free(record);
    assert_int_equal(house_starts(&house, id), 1);
}

static void a_start_that_keeps_failing_ends_with_its_reason(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"unavailable 99\"}", id);
    expect_end(id, JOB_LOST, MAPS_REASON_RUNTIME_UNAVAILABLE);
    struct job_record *record = house_wait_end(&house, id);
    assert_non_null(strstr(record->message, "The fake engine is not there yet."));
    job_record_free(record);
    assert_int_equal(house_starts(&house, id), 0);
}

static void a_start_that_provably_never_was_is_tried_again(void **state)
{
    static const char *const bodies[] = { "{\"script_content\": \"unstarted 1\"}",
                                          "{\"script_content\": \"interrupted\"}" };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        char id[JOB_ID_BYTES];

        submit(bodies[i], id);
        expect_end(id, JOB_SUCCESS, MAPS_REASON_EXITED);
        struct job_record *record = house_wait_end(&house, id);
        assert_int_equal(record->attempt, 2);
        job_record_free(record);
        assert_int_equal(house_starts(&house, id), 1);
    }
}

static void a_start_that_never_comes_to_be_ends_with_its_reason(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"unstarted 99\"}", id);
    expect_end(id, JOB_LOST, MAPS_REASON_RUNTIME_UNAVAILABLE);
    struct job_record *record = house_wait_end(&house, id);
    assert_int_equal(record->attempt, 4); /* as many as jobs.start_retries says, and the first */
    assert_non_null(strstr(record->message, "stopped before the script was started"));
    assert_false(record->start_attempted);
    assert_null(record->handle);
    job_record_free(record);
    assert_int_equal(house_starts(&house, id), 0);
}

static void a_cancel_is_the_end_of_what_was_not_started(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"never\"}", id);
    job_record_free(house_wait_status(&house, id, JOB_STARTING));
    assert_null(house_cancel(&house, id));
    expect_end(id, JOB_CANCELLED, MAPS_REASON_CANCELLED);
    assert_int_equal(house_starts(&house, id), 0);
}

static void what_was_said_to_run_is_never_started_again(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"contradictory\"}", id);
    expect_end(id, JOB_LOST, MAPS_REASON_RUNTIME_LOST);
    assert_int_equal(house_starts(&house, id), 1);
}

static void after_a_possible_start_the_run_is_found_again_not_repeated(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"broken\"}", id);
    expect_end(id, JOB_ERROR, MAPS_REASON_EXITED);
    assert_int_equal(house_starts(&house, id), 1);
}

static void a_run_that_is_gone_is_lost_not_repeated(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"gone\"}", id);
    expect_end(id, JOB_LOST, MAPS_REASON_RUNTIME_LOST);
    assert_int_equal(house_starts(&house, id), 1);
}

static void a_full_output_folder_ends_the_job(void **state)
{
    char id[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"fill\"}", id);
    expect_end(id, JOB_ERROR, MAPS_REASON_OUTPUT_LIMIT);
    struct job_record *record = house_wait_end(&house, id);
    assert_non_null(strstr(record->message, "disk_bytes"));
    job_record_free(record);
}

static void emitted_log_bytes_are_kept_once(void **state)
{
    char id[JOB_ID_BYTES];
    char buffer[64] = "";

    (void)state;
    submit("{\"script_content\": \"emit\"}", id);
    expect_end(id, JOB_SUCCESS, MAPS_REASON_EXITED);
    char *path = jobs_log_path(house.jobs, id);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, buffer, sizeof(buffer));
    /* two frames of a 16-byte header each */
    assert_int_equal(n, 16 + 6 + 16 + 6);
    assert_memory_equal(buffer + 16, "hello ", 6);
    assert_memory_equal(buffer + 38, "world\n", 6);
    (void)close(fd);
    free(path);
}

static void a_running_job_can_be_forgotten(void **state)
{
    char id[JOB_ID_BYTES];
    char path[256];
    struct job_record *record = NULL;

    (void)state;
    submit("{\"script_content\": \"wait\"}", id);
    job_record_free(house_wait_status(&house, id, JOB_RUNNING));
    assert_null(house_delete(&house, id));
    struct error *err = store_wait_get(house.store, id, &record);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_NOT_FOUND);
    error_free(err);
    (void)snprintf(path, sizeof(path), "%s/jobs/%s", house.data_dir, id);
    assert_int_not_equal(access(path, F_OK), 0);
    err = house_delete(&house, id);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_NOT_FOUND);
    error_free(err);
}

static void bad_input_leaves_nothing_behind(void **state)
{
    struct job_record **records = NULL;
    struct store_query query = { .limit = 10 };
    size_t count = 0;

    (void)state;
    struct error *err = house_submit(&house, "{\"script_content\": 7}", NULL, NULL);
    assert_non_null(err);
    assert_string_equal(err->field, "script_content");
    error_free(err);
    assert_null(store_wait_list(house.store, &query, &records, &count));
    assert_int_equal(count, 0);
    store_list_free(records, count);
}

static void one_key_is_one_job(void **state)
{
    struct job_record *first = NULL, *second = NULL;
    const char *body = "{\"script_content\": \"exit 0\"}";

    (void)state;
    assert_null(house_submit(&house, body, "key-1", &first));
    assert_null(house_submit(&house, body, "key-1", &second));
    assert_string_equal(first->id, second->id);
    struct error *err = house_submit(&house, "{\"script_content\": \"exit 1\"}", "key-1", NULL);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_CONFLICT);
    error_free(err);
    expect_end(first->id, JOB_SUCCESS, MAPS_REASON_EXITED);
    job_record_free(first);
    job_record_free(second);
}

static void an_own_id_with_a_key_can_be_submitted_again(void **state)
{
    struct job_record *first = NULL, *second = NULL;
    const char *body = "{\"script_content\": \"exit 0\", \"job_id\": \"mine\"}";

    (void)state;
    assert_null(house_submit(&house, body, "key-2", &first));
    assert_null(house_submit(&house, body, "key-2", &second));
    assert_string_equal(second->id, "mine");
    struct error *err = house_submit(&house, body, NULL, NULL);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_CONFLICT);
    assert_string_equal(err->field, "job_id");
    error_free(err);
    expect_end("mine", JOB_SUCCESS, MAPS_REASON_EXITED);
    job_record_free(first);
    job_record_free(second);
}

static void queued_jobs_outlive_the_host(void **state)
{
    char blocker[JOB_ID_BYTES], queued[JOB_ID_BYTES];

    (void)state;
    submit("{\"script_content\": \"wait\"}", blocker);
    job_record_free(house_wait_status(&house, blocker, JOB_RUNNING));
    submit("{\"script_content\": \"exit 0\"}", queued);
    jobs_drain(house.jobs);
    assert_null(house_cancel(&house, blocker));
    assert_int_equal(jobs_wait_idle(house.jobs, 10000), 0);
    house_reopen(&house);
    expect_end(queued, JOB_SUCCESS, MAPS_REASON_EXITED);
    assert_int_equal(house_starts(&house, queued), 1);
}

static void a_plugin_slow_to_cancel_holds_up_nobody_else(void **state)
{
    char slow[JOB_ID_BYTES], quick[JOB_ID_BYTES];
    struct job_record *record = NULL;

    (void)state;
    submit("{\"script_content\": \"slow\"}", slow);
    job_record_free(house_wait_status(&house, slow, JOB_RUNNING));
    assert_null(house_cancel(&house, slow));
    submit("{\"script_content\": \"exit 0\"}", quick);
    expect_end(quick, JOB_SUCCESS, MAPS_REASON_EXITED);
    assert_null(store_wait_get(house.store, slow, &record));
    assert_int_equal(record->status, JOB_RUNNING);
    job_record_free(record);
    expect_end(slow, JOB_CANCELLED, MAPS_REASON_CANCELLED);
}

/* From now on these hold, as after a reload. */
static void replace_settings(struct settings *settings)
{
    atomic_init(&settings->references, 1);
    current_settings_replace(&house.current, settings);
    jobs_settings_changed(house.jobs);
}

static void raised_concurrency_starts_waiting_jobs_at_once(void **state)
{
    char first[JOB_ID_BYTES], second[JOB_ID_BYTES];
    static struct settings more; /* a worker may look at it a moment longer than we */

    (void)state;
    more = house.settings;
    submit("{\"script_content\": \"wait\"}", first);
    job_record_free(house_wait_status(&house, first, JOB_RUNNING));
    submit("{\"script_content\": \"wait\"}", second);
    more.job_concurrency = 2;
    replace_settings(&more);
    job_record_free(house_wait_status(&house, second, JOB_RUNNING));
    assert_null(house_cancel(&house, first));
    assert_null(house_cancel(&house, second));
    expect_end(first, JOB_CANCELLED, MAPS_REASON_CANCELLED);
    expect_end(second, JOB_CANCELLED, MAPS_REASON_CANCELLED);
    current_settings_replace(&house.current, &house.settings);
}

static void a_running_job_keeps_the_bounds_it_began_with(void **state)
{
    char before[JOB_ID_BYTES], after[JOB_ID_BYTES];
    static struct settings strict;

    (void)state;
    strict = house.settings;
    submit("{\"script_content\": \"crowd\"}", before);
    job_record_free(house_wait_status(&house, before, JOB_RUNNING));
    strict.job_timeout_ms = 1;
    strict.disk_max_inodes = 2;
    replace_settings(&strict);
    submit("{\"script_content\": \"crowd\"}", after);
    expect_end(after, JOB_ERROR, MAPS_REASON_OUTPUT_LIMIT);
    struct job_record *record = house_wait_status(&house, before, JOB_RUNNING);
    assert_int_equal(record->timeout_ms, 60000);
    job_record_free(record);
    assert_null(house_cancel(&house, before));
    expect_end(before, JOB_CANCELLED, MAPS_REASON_CANCELLED);
    current_settings_replace(&house.current, &house.settings);
}

static void cancel_may_race_with_everything(void **state)
{
    enum { ROUNDS = 200 };

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        char id[JOB_ID_BYTES];
        submit(i % 2 == 0 ? "{\"script_content\": \"exit 0\"}" : "{\"script_content\": \"wait\"}",
               id);
        assert_null(house_cancel(&house, id));
        struct job_record *record = house_wait_end(&house, id);
        assert_true(record->status == JOB_CANCELLED ||
                    (i % 2 == 0 && record->status == JOB_SUCCESS));
        job_record_free(record);
        assert_true(house_starts(&house, id) <= 1);
    }
}

#define WITH_HOUSE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define WITH_SINGLE(test) cmocka_unit_test_setup_teardown(test, set_up_single, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOUSE(exit_codes_become_statuses),
        WITH_HOUSE(the_start_is_when_the_runtime_says_it_was),
        WITH_HOUSE(a_running_job_is_cancelled),
        WITH_SINGLE(a_queued_job_is_cancelled_without_a_start),
        WITH_SINGLE(higher_priority_starts_first),
        WITH_SINGLE(a_full_queue_says_when_to_come_back),
        WITH_HOUSE(a_start_that_failed_is_tried_again),
        WITH_HOUSE(a_start_that_keeps_failing_ends_with_its_reason),
        WITH_SINGLE(a_start_that_provably_never_was_is_tried_again),
        WITH_SINGLE(a_start_that_never_comes_to_be_ends_with_its_reason),
        WITH_HOUSE(a_cancel_is_the_end_of_what_was_not_started),
        WITH_HOUSE(what_was_said_to_run_is_never_started_again),
        WITH_HOUSE(after_a_possible_start_the_run_is_found_again_not_repeated),
        WITH_HOUSE(a_run_that_is_gone_is_lost_not_repeated),
        WITH_HOUSE(a_full_output_folder_ends_the_job),
        WITH_HOUSE(emitted_log_bytes_are_kept_once),
        WITH_HOUSE(a_running_job_can_be_forgotten),
        WITH_HOUSE(bad_input_leaves_nothing_behind),
        WITH_HOUSE(one_key_is_one_job),
        WITH_HOUSE(an_own_id_with_a_key_can_be_submitted_again),
        WITH_SINGLE(queued_jobs_outlive_the_host),
        WITH_HOUSE(a_plugin_slow_to_cancel_holds_up_nobody_else),
        WITH_SINGLE(raised_concurrency_starts_waiting_jobs_at_once),
        WITH_HOUSE(a_running_job_keeps_the_bounds_it_began_with),
        WITH_HOUSE(cancel_may_race_with_everything),
    };

    return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
