/* SPDX-License-Identifier: Apache-2.0 */
/* What the host makes of plugins that keep the contract, and of those that break it. */
#include "plugin_folder.h"
#include "recorder.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct plugin_folder *folder;
    struct plugins *plugins;
    struct instance *instance;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    void *folder;

    assert_non_null(fixture);
    assert_int_equal(plugin_folder_setup(&folder), 0);
    fixture->folder = folder;
    plugin_folder_add(folder, "scenarios", "scenarios.so");
    fixture->plugins = plugin_folder_load(folder);
    fixture->instance = recorder_configure(plugins_find(fixture->plugins, "scenarios"), "none");
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    void *folder = fixture->folder;

    instance_unref(fixture->instance);
    plugins_free(fixture->plugins);
    free(fixture);
    return plugin_folder_teardown(&folder);
}

/* Runs a scenario; *said is what it made the host log. */
static enum run_result play(const struct fixture *fixture, const char *scenario,
                            struct recorder *recorder, struct error **err, char **said)
{
    const char *const args[] = { scenario, NULL };
    struct maps_job job = { .size = sizeof(job), .job_id = "job-1", .args = args };
    enum run_result result;

    *recorder = (struct recorder){ 0 };
    struct maps_run *run = run_new(fixture->instance, "job-1", &recorder_services, recorder);
    assert_non_null(run);
    stderr_capture();
    result = run_script(run, &job, err);
    *said = stderr_release();
    run_free(run);
    return result;
}

static void assert_says(const char *said, const char *part)
{
    if (strstr(said, part) == NULL)
        fail_msg("the host logged \"%s\" without \"%s\"", said, part);
}

static unsigned count(const char *said, const char *part)
{
    unsigned n = 0;

    for (const char *at = strstr(said, part); at != NULL; at = strstr(at + 1, part))
        n++;
    return n;
}

/* A scenario that ends well, but breaks the contract in `times` ways on the way. */
static void assert_reported(void **state, const char *scenario, struct recorder *recorder,
                            const char *violation, unsigned times)
{
    struct error *err = NULL;
    char *said;

    assert_int_equal(play(*state, scenario, recorder, &err, &said), RUN_REPORTED);
    assert_null(err);
    assert_int_equal(recorder->finishes, 1);
    assert_int_equal(count(said, "contract violation"), times);
    if (times > 0) {
        assert_says(said, violation);
        assert_says(said, "job=job-1 plugin=scenarios");
    }
    free(said);
}

static void assert_unfinished(void **state, const char *scenario, enum run_result result,
                              const char *reason)
{
    struct recorder recorder;
    struct error *err = NULL;
    char *said;

    assert_int_equal(play(*state, scenario, &recorder, &err, &said), result);
    assert_error(err, reason);
    assert_int_equal(recorder.finishes, 0);
    free(said);
}

static void assert_failed(void **state, const char *scenario, const char *reason)
{
    assert_unfinished(state, scenario, RUN_FAILED, reason);
}

static void run_that_keeps_the_contract_is_passed_on_whole(void **state)
{
    struct recorder recorder;

    assert_reported(state, "success", &recorder, NULL, 0);
    assert_string_equal(recorder.story, "phase 1;handle handle-1;phase 2;phase 3;progress half way;"
                                        "emit 1 at 0: out\n;emit 2 at 0: err\n;phase 4;"
                                        "finish 1 code 0 signal 0 truncated 0 message -;");
}

static void log_lines_carry_plugin_and_job(void **state)
{
    struct recorder recorder;
    struct error *err = NULL;
    char *said;

    (void)play(*state, "success", &recorder, &err, &said);
    assert_says(said, "level=warning job=job-1 plugin=scenarios phase=run msg=\"the script runs\"");
    free(said);
    (void)play(*state, "own_thread", &recorder, &err, &said);
    assert_says(said, "level=info plugin=scenarios msg=\"from a thread of my own\"");
    free(said);
}

static void second_finish_changes_nothing(void **state)
{
    struct recorder recorder;

    assert_reported(state, "finish_twice", &recorder, "finish() was called again", 1);
    assert_int_equal(recorder.outcome.exit_code, 3);
}

static void nothing_is_passed_on_after_finish(void **state)
{
    struct recorder recorder;

    assert_reported(state, "after_finish", &recorder, "after finish(); it is ignored", 1);
    assert_string_equal(recorder.story, "finish 1 code 0 signal 0 truncated 0 message -;");
}

static void failure_after_finish_leaves_the_outcome(void **state)
{
    struct recorder recorder;

    assert_reported(state, "fails_after_finish", &recorder, "returned -5 after finish()", 1);
}

static void bad_arguments_are_refused_at_the_border(void **state)
{
    struct recorder recorder;

    assert_reported(state, "bad_arguments", &recorder, "at most 4096 bytes", 1);
    assert_null(strstr(recorder.story, "emit"));
    assert_null(strstr(recorder.story, "phase"));
}

static void outcome_of_a_later_header_is_read_and_tidied(void **state)
{
    struct recorder recorder;

    assert_reported(state, "newer_outcome", &recorder, NULL, 0);
    assert_string_equal(recorder.story, "finish 1 code 5 signal 0 truncated 1 message five;");
    assert_int_equal(recorder.outcome.size, sizeof(struct maps_outcome));
}

static void start_is_announced_even_if_the_plugin_forgets(void **state)
{
    struct recorder recorder;

    assert_reported(state, "start_not_announced", &recorder, "START_ATTEMPTED", 1);
    assert_string_equal(recorder.story, "phase 1;phase 2;phase 3;"
                                        "finish 1 code 0 signal 0 truncated 0 message -;");
}

static void zero_without_an_outcome_is_a_failure(void **state)
{
    assert_failed(state, "no_finish", "returned 0 from run_script() without saying how");
}

static void positive_result_of_run_script_is_a_failure(void **state)
{
    assert_failed(state, "positive", "returned 1 from run_script()");
}

static void a_start_that_never_was_is_told_apart_from_a_failure(void **state)
{
    struct recorder recorder;

    assert_unfinished(state, "not_started", RUN_NOT_STARTED, "The machine went down");
    assert_unfinished(state, "not_started_silently", RUN_NOT_STARTED, "gave no reason");
    assert_reported(state, "not_started_after_finish", &recorder, "returned 2 after finish()", 1);
}

static void failure_is_told_in_the_plugins_words(void **state)
{
    assert_failed(state, "fails", "The engine at port 1 does not answer. Start it.");
    /* ... and the next failure on this thread does not inherit them. */
    assert_failed(state, "fails_silently", "gave no reason: No such file or directory");
}

static enum run_result recover_from(const struct fixture *fixture, const char *handle,
                                    struct recorder *recorder, struct error **err)
{
    struct maps_job job = { .size = sizeof(job), .job_id = "job-1" };
    enum run_result result;

    *recorder = (struct recorder){ 0 };
    struct maps_run *run = run_new(fixture->instance, "job-1", &recorder_services, recorder);
    assert_non_null(run);
    result = run_recover(run, &job, handle, err);
    run_free(run);
    return result;
}

static void recover_tells_its_findings_apart(void **state)
{
    struct recorder recorder;
    struct error *err = NULL;

    assert_int_equal(recover_from(*state, "found", &recorder, &err), RUN_REPORTED);
    assert_null(err);
    /* The start was announced in the former host: not again. */
    assert_string_equal(recorder.story, "phase 3;finish 1 code 7 signal 0 truncated 0 message -;");
    assert_int_equal(recover_from(*state, "gone", &recorder, &err), RUN_GONE);
    assert_null(err);
    assert_int_equal(recover_from(*state, "not started", &recorder, &err), RUN_NOT_STARTED);
    assert_error(err, "The machine went down");
    assert_int_equal(recover_from(*state, NULL, &recorder, &err), RUN_FAILED);
    assert_error(err, "recover()");
}

static void cleanup_reports_success_and_failure(void **state)
{
    struct fixture *fixture = *state;
    struct maps_job job = { .size = sizeof(job) };

    assert_null(instance_cleanup(fixture->instance, &job, NULL));
    assert_error(instance_cleanup(fixture->instance, &job, "x"), "The object x cannot be removed.");
}

static void found(void *context, const char *job_id, uint32_t attempt, const char *handle)
{
    (void)snprintf(context, 64, "%s %u %s", job_id, attempt, handle);
}

static void list_owned_passes_on_each_object(void **state)
{
    struct fixture *fixture = *state;
    char text[64];

    assert_null(instance_list_owned(fixture->instance, found, text));
    assert_string_equal(text, "job-1 2 handle-1");
}

#define CONTRACT_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TEST(run_that_keeps_the_contract_is_passed_on_whole),
        CONTRACT_TEST(log_lines_carry_plugin_and_job),
        CONTRACT_TEST(second_finish_changes_nothing),
        CONTRACT_TEST(nothing_is_passed_on_after_finish),
        CONTRACT_TEST(failure_after_finish_leaves_the_outcome),
        CONTRACT_TEST(bad_arguments_are_refused_at_the_border),
        CONTRACT_TEST(outcome_of_a_later_header_is_read_and_tidied),
        CONTRACT_TEST(start_is_announced_even_if_the_plugin_forgets),
        CONTRACT_TEST(zero_without_an_outcome_is_a_failure),
        CONTRACT_TEST(positive_result_of_run_script_is_a_failure),
        CONTRACT_TEST(a_start_that_never_was_is_told_apart_from_a_failure),
        CONTRACT_TEST(failure_is_told_in_the_plugins_words),
        CONTRACT_TEST(recover_tells_its_findings_apart),
        CONTRACT_TEST(cleanup_reports_success_and_failure),
        CONTRACT_TEST(list_owned_passes_on_each_object),
    };

    return cmocka_run_group_tests_name("plugin_contract", tests, NULL, NULL);
}
