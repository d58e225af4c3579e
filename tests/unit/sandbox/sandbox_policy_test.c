/* SPDX-License-Identifier: Apache-2.0 */
/* How evidence becomes a verdict and a verdict an outcome; what bubblewrap is told. */
#include "../../../plugins/common/outcome.h"
#include "../../../plugins/common/verdict.h"
#include "../../../plugins/sandbox/bwrap_args.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EXIT_1 = 1 << 8, KILLED = SIGKILL, CRASHED = SIGSEGV };

static struct result judge(enum stop_cause stop, bool started, const struct init_exit *record,
                           uint64_t oom_kills, const char *complaint)
{
    const struct evidence evidence = { "sandbox", 1, stop, started, record, oom_kills, complaint };
    struct result result;

    verdict(&evidence, &result);
    assert_int_equal(result.attempt, 1);
    return result;
}

static void the_exit_record_says_how_it_ended(void **state)
{
    struct init_exit record = { .wait_status = EXIT_1, .cause = "exited" };
    struct result result;

    (void)state;
    result = judge(STOP_NONE, true, &record, 0, "");
    assert_int_equal(result.cause, RESULT_ENDED);
    assert_int_equal(result.wait_status, EXIT_1);
    /* A cancel or deadline that came after the end changes nothing. */
    assert_int_equal(judge(STOP_CANCEL, true, &record, 0, "").cause, RESULT_ENDED);
    assert_int_equal(judge(STOP_DEADLINE, true, &record, 0, "").cause, RESULT_ENDED);
    strcpy(record.cause, "timeout");
    assert_int_equal(judge(STOP_NONE, true, &record, 0, "").cause, RESULT_TIMEOUT);
    strcpy(record.cause, "output_limit");
    assert_int_equal(judge(STOP_NONE, true, &record, 0, "").cause, RESULT_OUTPUT_LIMIT);
    assert_string_equal(judge(STOP_NONE, true, &record, 0, "").message, "");
    strcpy(record.error, "full");
    result = judge(STOP_NONE, true, &record, 0, "");
    assert_int_equal(result.cause, RESULT_OUTPUT_LIMIT);
    assert_string_equal(result.message, "full");
    record = (struct init_exit){ .wait_status = -1, .cause = "start_failed", .error = "no perl" };
    result = judge(STOP_NONE, true, &record, 0, "");
    assert_int_equal(result.cause, RESULT_UNSTARTABLE);
    assert_string_equal(result.message, "no perl");
}

static void a_cancel_that_maps_init_carried_out_is_one(void **state)
{
    struct init_exit record = { .wait_status = SIGKILL, .cause = "terminated" };

    (void)state;
    assert_int_equal(judge(STOP_CANCEL, true, &record, 0, "").cause, RESULT_CANCELLED);
    /* ... and so is a deadline. */
    assert_int_equal(judge(STOP_DEADLINE, true, &record, 0, "").cause, RESULT_TIMEOUT);
}

static void an_end_that_somebody_else_ordered_is_no_end_of_the_scripts_own(void **state)
{
    struct init_exit record = { .wait_status = SIGTERM, .cause = "terminated" };
    struct result result = judge(STOP_NONE, true, &record, 0, "");

    (void)state;
    assert_int_equal(result.cause, RESULT_LOST);
    assert_non_null(strstr(result.message, "told to end from outside"));
    assert_int_equal(judge(STOP_SHUTDOWN, true, &record, 0, "").cause, RESULT_LOST);
    assert_int_equal(judge(STOP_SUPERVISOR_DIED, true, &record, 0, "").cause, RESULT_LOST);
}

static void without_a_record_the_supervisors_act_counts(void **state)
{
    (void)state;
    assert_int_equal(judge(STOP_CANCEL, true, NULL, 3, "").cause, RESULT_CANCELLED);
    assert_int_equal(judge(STOP_DEADLINE, true, NULL, 0, "").cause, RESULT_TIMEOUT);
    assert_int_equal(judge(STOP_START_DEADLINE, false, NULL, 0, "").cause, RESULT_NOT_STARTED);
    assert_int_equal(judge(STOP_SHUTDOWN, true, NULL, 0, "").cause, RESULT_LOST);
    assert_int_equal(judge(STOP_SUPERVISOR_DIED, true, NULL, 0, "").cause, RESULT_LOST);
}

static void without_a_start_marker_nothing_was_lost(void **state)
{
    (void)state;
    assert_int_equal(judge(STOP_SHUTDOWN, false, NULL, 0, "").cause, RESULT_NOT_STARTED);
    assert_int_equal(judge(STOP_SUPERVISOR_DIED, false, NULL, 0, "").cause, RESULT_NOT_STARTED);
    /* It came just before the deadline for it was noticed. */
    assert_int_equal(judge(STOP_START_DEADLINE, true, NULL, 0, "").cause, RESULT_LOST);
}

static void a_silent_end_is_judged_by_what_is_left(void **state)
{
    struct result result = judge(STOP_NONE, false, NULL, 0, "bwrap: no permission");

    (void)state;
    assert_int_equal(result.cause, RESULT_NOT_STARTED);
    assert_non_null(strstr(result.message, "no permission"));
    assert_int_equal(judge(STOP_NONE, true, NULL, 0, "").cause, RESULT_LOST);
    assert_int_equal(judge(STOP_NONE, true, NULL, 1, "").cause, RESULT_OOM);
}

static struct maps_outcome outcome_of(enum result_cause cause, int wait_status, uint64_t oom_kills)
{
    static struct outcome_text text;
    const struct maps_limits limits = { .memory_bytes = 64, .output_bytes = 99 };
    const struct result result = { 1, cause, wait_status, oom_kills, "" };
    struct maps_outcome outcome;

    outcome_from_result(&result, &limits, 1500, &outcome, &text);
    return outcome;
}

static void assert_outcome(struct maps_outcome outcome, uint32_t reason, int exit_code, int signal)
{
    assert_int_equal(outcome.reason, reason);
    assert_int_equal(outcome.exit_code, exit_code);
    assert_int_equal(outcome.signal, signal);
}

static void an_oom_kill_counts_only_if_the_script_failed(void **state)
{
    struct maps_outcome coped;

    (void)state;
    assert_outcome(outcome_of(RESULT_ENDED, EXIT_1, 1), MAPS_REASON_OOM, -1, SIGKILL);
    assert_outcome(outcome_of(RESULT_ENDED, KILLED, 1), MAPS_REASON_OOM, -1, SIGKILL);
    assert_outcome(outcome_of(RESULT_ENDED, KILLED, 0), MAPS_REASON_SIGNALED, -1, SIGKILL);
    assert_outcome(outcome_of(RESULT_ENDED, CRASHED, 1), MAPS_REASON_SIGNALED, -1, SIGSEGV);
    assert_outcome(outcome_of(RESULT_ENDED, 137 << 8, 0), MAPS_REASON_EXITED, 137, 0);
    assert_outcome(outcome_of(RESULT_OOM, -1, 2), MAPS_REASON_OOM, -1, SIGKILL);
    coped = outcome_of(RESULT_ENDED, 0, 2);
    assert_outcome(coped, MAPS_REASON_EXITED, 0, 0);
    assert_non_null(strstr(coped.message, "killed 2 processes"));
    assert_null(outcome_of(RESULT_ENDED, 0, 0).message);
}

static void a_full_output_folder_cuts_no_log_off(void **state)
{
    const struct maps_limits limits = { .output_bytes = 99 };
    struct result result = { .attempt = 1, .cause = RESULT_OUTPUT_LIMIT, .wait_status = -1 };
    struct outcome_text text;
    struct maps_outcome outcome;

    (void)state;
    outcome_from_result(&result, &limits, 1500, &outcome, &text);
    assert_int_equal(outcome.logs_truncated, 1);
    strcpy(result.message, "The output folder is full.");
    outcome_from_result(&result, &limits, 1500, &outcome, &text);
    assert_int_equal(outcome.logs_truncated, 0);
    assert_int_equal(outcome.reason, MAPS_REASON_OUTPUT_LIMIT);
    assert_string_equal(outcome.message, "The output folder is full.");
}

static void every_cause_has_its_reason(void **state)
{
    (void)state;
    assert_outcome(outcome_of(RESULT_TIMEOUT, -1, 0), MAPS_REASON_TIMEOUT, -1, 0);
    assert_non_null(strstr(outcome_of(RESULT_TIMEOUT, -1, 0).message, "1500 ms"));
    assert_outcome(outcome_of(RESULT_CANCELLED, -1, 0), MAPS_REASON_CANCELLED, -1, 0);
    assert_outcome(outcome_of(RESULT_OUTPUT_LIMIT, -1, 0), MAPS_REASON_OUTPUT_LIMIT, -1, 0);
    assert_non_null(strstr(outcome_of(RESULT_OUTPUT_LIMIT, -1, 0).message, "99 bytes"));
    assert_outcome(outcome_of(RESULT_NOT_STARTED, -1, 0), MAPS_REASON_RUNTIME_UNAVAILABLE, -1, 0);
    assert_outcome(outcome_of(RESULT_UNSTARTABLE, -1, 0), MAPS_REASON_REJECTED, -1, 0);
    assert_outcome(outcome_of(RESULT_LOST, -1, 0), MAPS_REASON_RUNTIME_LOST, -1, 0);
}

/* The index of a word behind `from`, or 0. */
static size_t index_of(const struct bwrap_args *args, const char *word, size_t from)
{
    size_t i;

    for (i = from + 1; i < args->count; i++) {
        if (strcmp(args->argv[i], word) == 0)
            return i;
    }
    return 0;
}

static void assert_sequence(const struct bwrap_args *args, const char *option, const char *first,
                            const char *second)
{
    size_t at = 0;

    while ((at = index_of(args, option, at)) != 0) {
        if (strcmp(args->argv[at + 1], first) == 0 && strcmp(args->argv[at + 2], second) == 0)
            return;
    }
    fail_msg("no %s %s %s", option, first, second);
}

static struct view_item items[] = {
    { VIEW_READONLY, (char *)"/usr", (char *)"/usr" },
    { VIEW_SYMLINK, (char *)"usr/bin", (char *)"/bin" },
    { VIEW_WRITABLE, (char *)"/data/o", (char *)"/job/output" },
};
static const struct view view = { items, 3, false };
static const char *const command[] = { "/run/maps-init", "x", NULL };

static void bubblewrap_is_told_everything(void **state)
{
    const struct bwrap_wish wish = { .view = &view,
                                     .hostname = "runner-a",
                                     .tmp_bytes = 4096,
                                     .shm_bytes = 8192,
                                     .passwd_fd = 5,
                                     .group_fd = 6,
                                     .nsswitch_fd = 7,
                                     .info_fd = 9,
                                     .command = command };
    static const char *const namespaces[] = {
        "--unshare-user",   "--unshare-pid",     "--unshare-net", "--unshare-ipc", "--unshare-uts",
        "--unshare-cgroup", "--die-with-parent", "--as-pid-1",    "--new-session"
    };
    struct bwrap_args args;
    size_t i;

    (void)state;
    bwrap_args_build(&wish, &args);
    assert_false(args.failed);
    for (i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
        assert_true(index_of(&args, namespaces[i], 0) > 0);
    assert_sequence(&args, "--ro-bind", "/usr", "/usr");
    assert_sequence(&args, "--symlink", "usr/bin", "/bin");
    assert_sequence(&args, "--bind", "/data/o", "/job/output");
    assert_sequence(&args, "--size", "4096", "--tmpfs");
    assert_sequence(&args, "--file", "5", "/etc/passwd");
    assert_sequence(&args, "--info-fd", "9", "--");
    assert_string_equal(args.argv[args.count - 1], "x");
    assert_null(args.argv[args.count]);
    /* Nothing may be mounted on what is read-only already. */
    assert_true(index_of(&args, "--remount-ro", 0) > index_of(&args, "--bind", 0));
    assert_true(index_of(&args, "--remount-ro", 0) > index_of(&args, "--file", 0));
    bwrap_args_clear(&args);
}

static void staged_items_are_taken_from_the_stage(void **state)
{
    const struct bwrap_wish wish = { .view = &view,
                                     .stage = "/mnt",
                                     .hostname = "h",
                                     .host_network = true,
                                     .info_fd = -1,
                                     .command = command };
    struct bwrap_args args;

    (void)state;
    bwrap_args_build(&wish, &args);
    assert_sequence(&args, "--ro-bind", "/mnt/0", "/usr");
    assert_sequence(&args, "--symlink", "usr/bin", "/bin");
    assert_sequence(&args, "--bind", "/mnt/2", "/job/output");
    assert_int_equal(index_of(&args, "--unshare-net", 0), 0);
    assert_int_equal(index_of(&args, "--info-fd", 0), 0);
    bwrap_args_clear(&args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exit_record_says_how_it_ended),
        cmocka_unit_test(a_cancel_that_maps_init_carried_out_is_one),
        cmocka_unit_test(an_end_that_somebody_else_ordered_is_no_end_of_the_scripts_own),
        cmocka_unit_test(without_a_start_marker_nothing_was_lost),
        cmocka_unit_test(without_a_record_the_supervisors_act_counts),
        cmocka_unit_test(a_silent_end_is_judged_by_what_is_left),
        cmocka_unit_test(an_oom_kill_counts_only_if_the_script_failed),
        cmocka_unit_test(a_full_output_folder_cuts_no_log_off),
        cmocka_unit_test(every_cause_has_its_reason),
        cmocka_unit_test(bubblewrap_is_told_everything),
        cmocka_unit_test(staged_items_are_taken_from_the_stage),
    };

    return cmocka_run_group_tests_name("sandbox policy", tests, NULL, NULL);
}
