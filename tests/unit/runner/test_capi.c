/* SPDX-License-Identifier: Apache-2.0 */
/* The C API on a runtime that does what the script says (tests/unit/jobs/fake_runtime.c). */
#include "job/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <maps_backend.h>
#include <maps_runtime.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char top[] = "/tmp/maps-capi-XXXXXX";
static char data_dir[64], config_file[64];
static const char *const settings[] = { data_dir, "plugin_dir=" MAPS_TEST_PLUGINS,
                                        "log_level=error", NULL };
static const struct maps_host_params host = {
    .size = sizeof(host), .config_file = config_file, .settings = settings, .runtime = "fake"
};

static int set_up(void **state)
{
    (void)state;
    memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
    (void)snprintf(data_dir, sizeof(data_dir), "data_dir=%s", mkdtemp(top));
    (void)snprintf(config_file, sizeof(config_file), "%s/empty.conf", top);
    return close(open(config_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

static int tear_down(void **state)
{
    (void)state;
    return tree_remove(AT_FDCWD, top);
}

static struct maps_runner *open_runner(void)
{
    struct maps_runner *runner = NULL;
    char *error = NULL;

    if (maps_get_runner(&host, &runner, &error) != 0)
        fail_msg("%s", error);
    return runner;
}

static struct maps_result *run(struct maps_runner *runner, struct maps_run_params params)
{
    struct maps_result *result = NULL;
    char *error = NULL;

    params.size = sizeof(params);
    if (maps_run_script(runner, &params, &result, &error) != 0)
        fail_msg("%s", error);
    return result;
}

static void expect_error(int result, char *error, int expected, const char *part)
{
    assert_int_equal(result, expected);
    assert_non_null(error);
    if (strstr(error, part) == NULL)
        fail_msg("%s", error);
    maps_free(error);
}

/* CALL puts its sentence into `error`. */
#define EXPECT_ERROR(CALL, EXPECTED, PART)                                                         \
    do {                                                                                           \
        char *error = NULL;                                                                        \
        int result_ = (CALL);                                                                      \
        expect_error(result_, error, EXPECTED, PART);                                              \
    } while (0)

static bool slot_holds_jobs(void)
{
    char path[96];
    const struct dirent *entry;
    bool holds = false;

    (void)snprintf(path, sizeof(path), "%s/oneshot/0/jobs", top);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        holds = holds || entry->d_name[0] != '.';
    (void)closedir(folder);
    return holds;
}

/* ---- runtimes ---- */

static void the_runtime_is_the_one_that_was_named(void **state)
{
    char *runtime = NULL, *json = NULL;

    (void)state;
    assert_int_equal(maps_detect_runtime(&host, &runtime, NULL), 0);
    assert_string_equal(runtime, "fake");
    maps_free(runtime);
    assert_int_equal(maps_get_runtime_config(&host, &json, NULL), 0);
    assert_non_null(strstr(json, "\"runtime\":\t\"fake\""));
    assert_non_null(strstr(json, "\"settings\""));
    maps_free(json);
}

static void a_runtime_without_a_plugin_is_an_error_that_names_those_there_are(void **state)
{
    struct maps_host_params other = host;
    struct maps_runner *runner = NULL;

    (void)state;
    other.runtime = "abacus";
    EXPECT_ERROR(maps_get_runner(&other, &runner, &error), -EINVAL, "fake");
}

static void wrong_settings_are_named(void **state)
{
    static const char *const wrong[] = { "colour=red", "jobs.concurrency=none", NULL };
    static const char *const half[] = { "nothing", NULL };
    struct maps_host_params other = host;
    struct maps_runner *runner = NULL;

    (void)state;
    other.settings = wrong;
    EXPECT_ERROR(maps_get_runner(&other, &runner, &error), -EINVAL, "jobs.concurrency");
    EXPECT_ERROR(maps_get_runner(&other, &runner, &error), -EINVAL, "colour");
    other.settings = half;
    EXPECT_ERROR(maps_get_runner(&other, &runner, &error), -EINVAL, "KEY=VALUE");
}

static void structs_of_other_sizes_are_copied_or_refused(void **state)
{
    struct {
        struct maps_host_params host;
        char future[8];
    } longer = { host, { 0 } };
    struct maps_host_params unset = { .size = 0 };
    char *runtime = NULL;

    (void)state;
    longer.host.size = sizeof(longer);
    assert_int_equal(maps_detect_runtime(&longer.host, &runtime, NULL), 0);
    maps_free(runtime);
    longer.future[3] = 1;
    EXPECT_ERROR(maps_detect_runtime(&longer.host, &runtime, &error), -E2BIG, "newer");
    EXPECT_ERROR(maps_detect_runtime(&unset, &runtime, &error), -EINVAL, "size");
}

/* ---- runs ---- */

static void a_result_says_what_rest_would(void **state)
{
    struct maps_runner *runner = open_runner();
    struct maps_result *result =
        run(runner, (struct maps_run_params){ .job_id = "my-own", .script_content = "exit 3" });

    (void)state;
    assert_string_equal(maps_runner_runtime(runner), "fake");
    assert_string_equal(maps_result_status(result), "error");
    assert_string_equal(maps_result_reason(result), "exited");
    assert_string_equal(maps_result_job_id(result), "my-own");
    assert_int_equal(maps_result_exit_code(result), 3);
    assert_int_equal(maps_result_signal(result), 0);
    assert_string_equal(maps_result_message(result), "");
    assert_non_null(strstr(maps_result_document(result), "\"exit_code\":3"));
    maps_result_free(result);
    assert_false(slot_holds_jobs());
    /* forgotten: the id is free again */
    maps_result_free(
        run(runner, (struct maps_run_params){ .job_id = "my-own", .script_content = "exit 0" }));
    assert_int_equal(maps_runner_free(runner), 0);
}

static void what_admission_refuses_is_an_error(void **state)
{
    struct maps_runner *runner = open_runner();
    struct maps_run_params params = { .size = sizeof(params) };
    struct maps_result *result = NULL;

    (void)state;
    EXPECT_ERROR(maps_run_script(runner, &params, &result, &error), -EINVAL, "script");
    params.script_content = "exit 0";
    params.options = "{\"profile\": \"cobol\"}";
    EXPECT_ERROR(maps_run_script(runner, &params, &result, &error), -EINVAL, "cobol");
    params.options = "{\"runtime\": \"sandbox\"}"; /* a runner has one of its own */
    EXPECT_ERROR(maps_run_script(runner, &params, &result, &error), -EINVAL, "runtime");
    params.options = NULL;
    params.input_path = "/nowhere";
    EXPECT_ERROR(maps_run_script(runner, &params, &result, &error), -EINVAL, "/nowhere");
    assert_int_equal(maps_run_script(runner, &params, &result, NULL), -EINVAL);
    assert_int_equal(maps_runner_free(runner), 0);
}

struct heard {
    char text[64];
    size_t length;
    int verdict;
};

static int hear(void *context, int stream, const void *bytes, size_t length)
{
    struct heard *heard = context;

    assert_true(stream == MAPS_LOG_STDOUT || stream == MAPS_LOG_STDERR);
    assert_true(heard->length + length < sizeof(heard->text));
    memcpy(heard->text + heard->length, bytes, length);
    heard->length += length;
    return heard->verdict;
}

static void logs_are_kept_or_handed_over(void **state)
{
    struct maps_runner *runner = open_runner();
    struct heard heard = { .length = 0 };
    size_t length;
    struct maps_result *kept = run(runner, (struct maps_run_params){ .script_content = "emit" });
    struct maps_result *told = run(
        runner,
        (struct maps_run_params){ .script_content = "emit", .log = hear, .log_context = &heard });

    (void)state;
    const char *logs = maps_result_logs(kept, &length);
    assert_true(length > 0);
    assert_int_equal(strlen(logs), length);
    assert_string_equal(heard.text, logs);
    assert_string_equal(maps_result_logs(told, NULL), "");
    maps_result_free(kept);
    maps_result_free(told);
    assert_int_equal(maps_runner_free(runner), 0);
}

/* ---- cancelling ---- */

static void a_wish_from_before_cancels(void **state)
{
    struct maps_runner *runner = open_runner();
    struct maps_cancel *cancel = maps_cancel_new();

    (void)state;
    maps_cancel_request(cancel);
    struct maps_result *result =
        run(runner, (struct maps_run_params){ .script_content = "wait", .cancel = cancel });
    assert_string_equal(maps_result_status(result), "cancelled");
    assert_int_equal(maps_result_exit_code(result), -1);
    maps_result_free(result);
    maps_cancel_free(cancel);
    assert_int_equal(maps_runner_free(runner), 0);
}

static void *cancel_soon(void *cancel)
{
    (void)usleep(100000); /* most often amid the run; the result is the same if not */
    maps_cancel_request(cancel);
    return NULL;
}

static void a_wish_from_another_thread_cancels(void **state)
{
    struct maps_runner *runner = open_runner();
    struct maps_cancel *cancel = maps_cancel_new();
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, cancel), 0);
    struct maps_result *result =
        run(runner, (struct maps_run_params){ .script_content = "wait", .cancel = cancel });
    assert_string_equal(maps_result_reason(result), "cancelled");
    maps_result_free(result);
    (void)pthread_join(thread, NULL);
    maps_cancel_free(cancel);
    assert_int_equal(maps_runner_free(runner), 0);
}

/* ---- threads and runners ---- */

struct one_of_many {
    struct maps_runner *runner;
    int code;
};

static void *run_one(void *context)
{
    struct one_of_many *one = context;
    char script[16];

    (void)snprintf(script, sizeof(script), "exit %d", one->code);
    for (int i = 0; i < 5; i++) {
        struct maps_result *result =
            run(one->runner, (struct maps_run_params){ .script_content = script });
        bool right = maps_result_exit_code(result) == one->code;

        maps_result_free(result);
        if (!right)
            return one;
    }
    return NULL;
}

static void many_threads_and_runners_go_at_once(void **state)
{
    enum { THREADS = 8 };
    struct maps_runner *runners[] = { open_runner(), open_runner() };
    struct one_of_many ones[THREADS];
    pthread_t threads[THREADS];
    void *wrong;

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        ones[i] = (struct one_of_many){ runners[i % 2], i };
        assert_int_equal(pthread_create(&threads[i], NULL, run_one, &ones[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    assert_int_equal(maps_runner_free(runners[0]), 0);
    assert_int_equal(maps_runner_free(runners[1]), 0);
}

/* The blocked signals of a thread, as /proc tells them. */
static uint64_t blocked_in(const char *thread)
{
    char path[64], line[256];
    unsigned long long blocked = 0;

    (void)snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", thread);
    FILE *status = fopen(path, "re");
    assert_non_null(status);
    while (fgets(line, sizeof(line), status) != NULL)
        if (sscanf(line, "SigBlk: %llx", &blocked) == 1)
            break;
    (void)fclose(status);
    return blocked;
}

static void threads_of_the_library_get_no_signals(void **state)
{
    struct maps_runner *runner = open_runner();
    char own[16];
    DIR *threads = opendir("/proc/self/task");
    const struct dirent *entry;
    unsigned others = 0;

    (void)state;
    (void)snprintf(own, sizeof(own), "%d", (int)getpid());
    assert_int_equal(blocked_in(own), 0);
    while ((entry = readdir(threads)) != NULL) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, own) == 0)
            continue;
        others++;
        for (int number = 1; number < 32; number++)
            if (number != SIGKILL && number != SIGSTOP)
                assert_true(blocked_in(entry->d_name) >> (number - 1) & 1);
    }
    (void)closedir(threads);
    assert_true(others > 0);
    assert_int_equal(maps_runner_free(runner), 0);
}

#define API_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(the_runtime_is_the_one_that_was_named),
        API_TEST(a_runtime_without_a_plugin_is_an_error_that_names_those_there_are),
        API_TEST(wrong_settings_are_named),
        API_TEST(structs_of_other_sizes_are_copied_or_refused),
        API_TEST(a_result_says_what_rest_would),
        API_TEST(what_admission_refuses_is_an_error),
        API_TEST(logs_are_kept_or_handed_over),
        API_TEST(a_wish_from_before_cancels),
        API_TEST(a_wish_from_another_thread_cancels),
        API_TEST(many_threads_and_runners_go_at_once),
        API_TEST(threads_of_the_library_get_no_signals),
    };

    return cmocka_run_group_tests_name("capi", tests, NULL, NULL);
}
