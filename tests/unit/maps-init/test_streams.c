/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the script's stdout and stderr. */
#include "init_run.h"

#include "logs/log_reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* emit(fd, text): returns when maps-init has taken the text out of the pipe. */
#define EMIT                                                                                       \
    "import fcntl, os, struct, termios, time\n"                                                    \
    "def emit(fd, text):\n"                                                                        \
    "    os.write(fd, text)\n"                                                                     \
    "    while struct.unpack('i', fcntl.ioctl(fd, termios.FIONREAD, b'0000'))[0]:\n"               \
    "        time.sleep(0.001)\n"

static void both_streams_are_logged_in_order_and_passed_through(void **state)
{
    struct init_run *run = *state;

    init_run_python(run, EMIT "for i in range(50):\n"
                              "    emit(1 + i % 2, b'%d\\n' % i)\n");
    assert_int_equal(init_run(run), 0);
    char both[256] = "", out[256] = "", err[256] = "";

    for (int i = 0; i < 50; i++) {
        char line[8], *single = i % 2 == 0 ? out : err;

        (void)snprintf(line, sizeof(line), "%d\n", i);
        (void)strcat(both, line);
        (void)strcat(single, line);
    }
    assert_log(run, LOG_ALL, both);
    assert_log(run, LOG_STDOUT, out);
    assert_log(run, LOG_STDERR, err);
    assert_file(run, "out", out);
    assert_file(run, "err", err);
    assert_int_equal(init_run_record(run).log_bytes, strlen(both));
}

static void passthrough_can_be_switched_off(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "passthrough=0");
    init_run_shell(run, "echo out; echo err >&2");
    assert_int_equal(init_run(run), 0);
    assert_file(run, "out", "");
    assert_file(run, "err", "");
    assert_log(run, LOG_STDOUT, "out\n");
    assert_log(run, LOG_STDERR, "err\n");
}

static void without_a_control_folder_output_and_exit_code_remain(void **state)
{
    struct init_run *run = *state;

    run->without_control = true;
    init_run_shell(run, "echo out; echo err >&2; exit 3");
    assert_int_equal(init_run(run), 3);
    assert_file(run, "out", "out\n");
    assert_file(run, "err", "err\n");
    assert_false(init_run_has(run, "log"));
    assert_false(init_run_has(run, "exit"));
    assert_false(init_run_has(run, "started-1"));
}

static void a_hundred_thousand_lines_arrive_whole(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "passthrough=0");
    init_run_python(run, "import sys\n"
                         "for i in range(100000):\n"
                         "    print('out', i)\n"
                         "    print('err', i, file=sys.stderr)\n");
    assert_int_equal(init_run(run), 0);
    for (unsigned stream = 1; stream <= 2; stream++) {
        char *text = init_run_log(run, 1u << stream), *at = text;

        for (int i = 0; i < 100000; i++) {
            char line[24];
            int length = snprintf(line, sizeof(line), "%s %d\n", stream == 1 ? "out" : "err", i);

            if (strncmp(at, line, (size_t)length) != 0)
                fail_msg("stream %u, line %d: \"%.30s\"", stream, i, at);
            at += length;
        }
        assert_int_equal(*at, '\0');
        free(text);
    }
}

/* What is written last, and then nothing is flushed or closed any more. */
static void the_last_bytes_before_a_sudden_death_are_kept(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "passthrough=0");
    init_run_python(run, "import os\n"
                         "os.write(1, b'x' * 60000)\n"
                         "os.write(2, b'y' * 60000)\n"
                         "os.kill(os.getpid(), 9)\n");
    assert_int_equal(init_run(run), 137);
    assert_int_equal(init_run_record(run).log_bytes, 120000);
}

/* ---- the cap ---- */

static void the_cap_is_exact_and_ends_the_script(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "output_bytes=100001");
    init_run_shell(run, "yes");
    assert_int_equal(init_run(run), 123);
    struct init_exit record = init_run_record(run);
    char *text = init_run_log(run, LOG_ALL);

    assert_string_equal(record.cause, "output_limit");
    assert_string_equal(record.error, "");
    assert_int_equal(record.log_bytes, 100001);
    assert_int_equal(strlen(text), 100001);
    assert_memory_equal(text, "y\ny\ny\ny\n", 8);
    free(text);
}

static void output_up_to_the_cap_is_no_offence(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "output_bytes=10");
    init_run_shell(run, "printf 12345; printf 67890 >&2");
    assert_int_equal(init_run(run), 0);
    assert_string_equal(init_run_record(run).cause, "exited");
    assert_int_equal(init_run_record(run).log_bytes, 10);
}

/* However fast it is: the same script always gets the same verdict. */
static void one_byte_over_the_cap_is_one_whenever_it_is_noticed(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "output_bytes=10");
    init_run_shell(run, "printf 12345678901");
    assert_int_equal(init_run(run), 123);
    assert_string_equal(init_run_record(run).cause, "output_limit");
    assert_log(run, LOG_ALL, "1234567890");
}

/* ---- trouble on our side ---- */

static void a_closed_stdout_costs_only_the_copy(void **state)
{
    struct init_run *run = *state;
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    (void)close(ends[0]);
    run->stdout_fd = ends[1];
    init_run_shell(run, "echo one; sleep 0.05; echo two");
    assert_int_equal(init_run(run), 0);
    (void)close(ends[1]);
    assert_log(run, LOG_ALL, "one\ntwo\n");
    char *record = init_run_file(run, "exit");

    assert_non_null(strstr(record, "passthrough_lost_bytes="));
    free(record);
}

static void a_stdout_that_nobody_reads_does_not_stall_the_job(void **state)
{
    struct init_run *run = *state;
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    run->stdout_fd = ends[1];
    init_run_shell(run, "head -c 1000000 /dev/zero; echo done >&2");
    assert_int_equal(init_run(run), 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(init_run_record(run).log_bytes, 1000005);
    assert_log(run, LOG_STDERR, "done\n");
}

static void a_full_disk_is_told_and_the_script_goes_on(void **state)
{
    static const char *const small_files[] = { "prlimit", "--fsize=100000", NULL };
    struct init_run *run = *state;

    run->wrapper = small_files; /* EFBIG instead of ENOSPC, which needs a disk of its own */
    init_run_set(run, "passthrough=0");
    init_run_shell(run, "yes | head -c 300000; exit 3");
    assert_int_equal(init_run(run), 3);
    struct init_exit record = init_run_record(run);

    assert_string_equal(record.cause, "exited");
    assert_true(record.log_bytes > 0 && record.log_bytes < 100000);
    assert_int_equal(record.log_bytes + record.log_lost_bytes, 300000);
    assert_non_null(strstr(record.log_error, "large"));
    char *text = init_run_log(run, LOG_ALL); /* whole frames only */

    assert_int_equal(strlen(text), record.log_bytes);
    free(text);
}

static void it_starts_with_all_streams_closed(void **state)
{
    static const char *const closing[] = { "sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh", NULL };
    struct init_run *run = *state;

    run->wrapper = closing;
    init_run_shell(run, "echo out; echo err >&2");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_STDOUT, "out\n");
    assert_log(run, LOG_STDERR, "err\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_BOTH(both_streams_are_logged_in_order_and_passed_through),
        TEST_CHILD(passthrough_can_be_switched_off),
        TEST_BOTH(without_a_control_folder_output_and_exit_code_remain),
        TEST_CHILD(a_hundred_thousand_lines_arrive_whole),
        TEST_BOTH(the_last_bytes_before_a_sudden_death_are_kept),
        TEST_BOTH(the_cap_is_exact_and_ends_the_script),
        TEST_CHILD(output_up_to_the_cap_is_no_offence),
        TEST_CHILD(one_byte_over_the_cap_is_one_whenever_it_is_noticed),
        TEST_CHILD(a_closed_stdout_costs_only_the_copy),
        TEST_CHILD(a_stdout_that_nobody_reads_does_not_stall_the_job),
        TEST_CHILD(a_full_disk_is_told_and_the_script_goes_on),
        TEST_CHILD(it_starts_with_all_streams_closed),
    };

    return cmocka_run_group_tests_name("maps-init streams", tests, NULL, NULL);
}
