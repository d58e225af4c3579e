/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cgroup.h>
#include <descendants.h>
#include <errno.h>
#include <exit_record.h>
#include <init_spec.h>
#include <instant.h>
#include <protocol.h>
#include <signal.h>
#include <string.h>

enum { EXIT_0 = 0, EXIT_1 = 256, KILLED = SIGKILL, TERMED = SIGTERM, CRASHED = SIGSEGV };

static void the_cause_says_what_ended_the_script(void **state)
{
    static const struct {
        enum cause planned;
        int wait_status, signal;
        enum cause cause;
    } cases[] = {
        { CAUSE_EXITED, EXIT_0, 0, CAUSE_EXITED },
        { CAUSE_EXITED, KILLED, 0, CAUSE_EXITED }, /* by itself, or by somebody else */
        { CAUSE_TIMEOUT, KILLED, 0, CAUSE_TIMEOUT },
        { CAUSE_TIMEOUT, EXIT_0, 0, CAUSE_EXITED }, /* faster than our SIGKILL */
        { CAUSE_TIMEOUT, CRASHED, 0, CAUSE_EXITED },
        { CAUSE_OUTPUT_LIMIT, KILLED, 0, CAUSE_OUTPUT_LIMIT },
        { CAUSE_OUTPUT_LIMIT, EXIT_0, 0, CAUSE_OUTPUT_LIMIT },
        { CAUSE_TERMINATED, TERMED, SIGTERM, CAUSE_TERMINATED },
        { CAUSE_TERMINATED, KILLED, SIGTERM, CAUSE_TERMINATED },
        { CAUSE_TERMINATED, SIGINT, SIGINT, CAUSE_TERMINATED },
        { CAUSE_TERMINATED, EXIT_1, SIGTERM, CAUSE_EXITED }, /* it handled the signal */
        { CAUSE_TERMINATED, CRASHED, SIGTERM, CAUSE_EXITED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum cause cause =
            exit_record_cause(cases[i].planned, cases[i].wait_status, cases[i].signal);

        if (cause != cases[i].cause)
            fail_msg("case %zu: cause %d", i, (int)cause);
    }
}

static int code(enum cause cause, int wait_status)
{
    const struct exit_record record = { .cause = cause, .wait_status = wait_status };

    return exit_record_exit_code(&record);
}

static void the_exit_code_is_the_scripts_own_or_ours(void **state)
{
    (void)state;
    assert_int_equal(code(CAUSE_EXITED, 3 << 8), 3);
    assert_int_equal(code(CAUSE_EXITED, 137 << 8), 137);
    assert_int_equal(code(CAUSE_EXITED, SIGKILL), 137);
    assert_int_equal(code(CAUSE_TERMINATED, SIGTERM), 143);
    assert_int_equal(code(CAUSE_TIMEOUT, SIGKILL), MAPS_INIT_EXIT_TIMEOUT);
    assert_int_equal(code(CAUSE_OUTPUT_LIMIT, 0), MAPS_INIT_EXIT_OUTPUT_LIMIT);
    assert_int_equal(code(CAUSE_START_FAILED, -1), MAPS_INIT_EXIT_NOT_STARTED);
}

static void plugins_read_what_maps_init_writes(void **state)
{
    struct exit_record record = { .attempt = 4294967295u,
                                  .wait_status = 9,
                                  .cause = CAUSE_TIMEOUT,
                                  .oom_kills = INT64_MAX,
                                  .log_bytes = INT64_MAX,
                                  .log_lost_bytes = INT64_MAX,
                                  .log_errno = ENOSPC,
                                  .passthrough_lost_bytes = UINT64_MAX,
                                  .started_ms = INT64_MAX,
                                  .ended_ms = INT64_MAX };
    char text[EXIT_RECORD_BYTES];
    struct init_exit read;

    (void)state;
    assert_true(init_exit_parse(text, exit_record_format(&record, text), &read));
    assert_true(read.attempt == record.attempt);
    assert_int_equal(read.wait_status, 9);
    assert_string_equal(read.cause, "timeout");
    assert_true(read.log_bytes == INT64_MAX);
    assert_true(read.log_lost_bytes == INT64_MAX);
    assert_string_equal(read.log_error, strerror(ENOSPC));
    assert_true(read.ended_ms == INT64_MAX);
}

static void the_longest_sentence_fits_and_stays_one_line(void **state)
{
    struct exit_record record = { .attempt = 1, .wait_status = -1, .cause = CAUSE_START_FAILED };
    char text[EXIT_RECORD_BYTES], name[400];
    struct init_exit read;

    (void)state;
    (void)memset(name, 'n', sizeof(name));
    name[10] = '\n';
    name[sizeof(name) - 1] = '\0';
    assert_false(sentence_set(&record.error, "The command %s is missing.", name));
    assert_null(strchr(record.error.text, '\n'));
    assert_true(init_exit_parse(text, exit_record_format(&record, text), &read));
    assert_string_equal(read.error, record.error.text);
    assert_string_equal(read.cause, "start_failed");
}

static void oom_kills_are_found_in_both_cgroup_versions(void **state)
{
    (void)state;
    assert_int_equal(cgroup_parse_oom_kills("low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\n"
                                            "oom_group_kill 0\n"),
                     2);
    assert_int_equal(cgroup_parse_oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"), 5);
    assert_int_equal(cgroup_parse_oom_kills("oom_kill_disable 0\nunder_oom 0\n"), -1);
    assert_int_equal(cgroup_parse_oom_kills(""), -1);
    assert_int_equal(cgroup_parse_oom_kills("rubbish"), -1);
}

static void the_parent_is_found_whatever_the_name(void **state)
{
    pid_t parent = 0;

    (void)state;
    assert_true(descendants_parse_parent("12 (sh) S 7 12 12 0", &parent));
    assert_int_equal(parent, 7);
    assert_true(descendants_parse_parent("12 (a) S 1 (b) R 8 12", &parent));
    assert_int_equal(parent, 8);
    assert_false(descendants_parse_parent("12 (sh", &parent));
    assert_false(descendants_parse_parent("12 (sh) S", &parent));
    assert_false(descendants_parse_parent("12 (sh) S x", &parent));
    assert_false(descendants_parse_parent("", &parent));
}

static void deadlines_become_poll_timeouts(void **state)
{
    (void)state;
    assert_int_equal(instant_earlier(INSTANT_NEVER, 5), 5);
    assert_int_equal(instant_earlier(5, INSTANT_NEVER), 5);
    assert_int_equal(instant_earlier(5, 4), 4);
    assert_int_equal(instant_earlier(INSTANT_NEVER, INSTANT_NEVER), INSTANT_NEVER);
    assert_int_equal(instant_poll_timeout(INSTANT_NEVER, 5), -1);
    assert_int_equal(instant_poll_timeout(4, 5), 0);
    assert_int_equal(instant_poll_timeout(15, 5), 10);
    assert_int_equal(instant_poll_timeout(INT64_MAX / 2, 5), INT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cause_says_what_ended_the_script),
        cmocka_unit_test(the_exit_code_is_the_scripts_own_or_ours),
        cmocka_unit_test(plugins_read_what_maps_init_writes),
        cmocka_unit_test(the_longest_sentence_fits_and_stays_one_line),
        cmocka_unit_test(oom_kills_are_found_in_both_cgroup_versions),
        cmocka_unit_test(the_parent_is_found_whatever_the_name),
        cmocka_unit_test(deadlines_become_poll_timeouts),
    };

    return cmocka_run_group_tests_name("exit_record", tests, NULL, NULL);
}
