/* SPDX-License-Identifier: Apache-2.0 */
/* How a script ends, and what maps-init says about it. */
#include "init_run.h"

#include "../../../runner_image/maps-init/protocol.h"
#include "logs/log_reader.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void assert_ends(struct init_run *run, const char *script, int code, int wait_status)
{
    init_run_shell(run, script);
    assert_int_equal(init_run(run), code);
    struct init_exit record = init_run_record(run);

    assert_string_equal(record.cause, "exited");
    assert_int_equal(record.wait_status, wait_status);
    assert_int_equal(record.attempt, 1);
    assert_true(record.started_ms > 0 && record.ended_ms >= record.started_ms);
    assert_true(init_run_has(run, "started-1"));
    assert_false(init_run_has(run, "exit.tmp"));
}

static void success_is_zero(void **state)
{
    assert_ends(*state, "exit 0", 0, 0);
}

static void an_exit_code_is_kept(void **state)
{
    assert_ends(*state, "exit 3", 3, 3 << 8);
}

static void exit_137_is_no_signal(void **state)
{
    assert_ends(*state, "exit 137", 137, 137 << 8);
}

static void a_script_that_kills_itself_was_signaled(void **state)
{
    assert_ends(*state, "kill -9 $$", 137, SIGKILL);
}

static void a_second_start_is_refused_and_changes_nothing(void **state)
{
    struct init_run *run = *state;

    init_run_shell(run, "echo once >> ran; exit 3");
    assert_int_equal(init_run(run), 3);
    assert_int_equal(init_run(run), 122);
    assert_file(run, "ran", "once\n");
    assert_int_equal(init_run_record(run).wait_status, 3 << 8);
    char *said = init_run_file(run, "err");

    assert_non_null(strstr(said, "Attempt 1 of this job has started before"));
    free(said);
}

static void a_missing_command_is_a_failed_start(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "arg=/no/such/python");
    assert_int_equal(init_run(run), 126);
    struct init_exit record = init_run_record(run);

    assert_string_equal(record.cause, "start_failed");
    assert_int_equal(record.wait_status, -1);
    assert_non_null(strstr(record.error, "/no/such/python"));
    assert_non_null(strstr(record.error, "No such file or directory"));
}

static void a_missing_working_directory_is_a_failed_start(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "cwd=/no/such/folder");
    init_run_shell(run, "exit 0");
    assert_int_equal(init_run(run), 126);
    assert_non_null(strstr(init_run_record(run).error, "/no/such/folder"));
}

static void mistakes_before_the_start_leave_no_marker(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "colour=red");
    init_run_shell(run, "exit 0");
    assert_int_equal(init_run(run), 125);
    char *said = init_run_file(run, "err");

    assert_non_null(strstr(said, "colour"));
    free(said);
    assert_false(init_run_has(run, "started-1"));
    assert_false(init_run_has(run, "exit"));
}

static void nothing_is_written_through_what_the_script_planted(void **state)
{
    struct init_run *run = *state;

    init_run_shell(run, "ln -s victim exit.tmp; ln -s victim exit");
    assert_int_equal(init_run(run), 0);
    assert_false(init_run_has(run, "victim"));
    assert_int_equal(init_run_record(run).wait_status, 0);
}

static void a_planted_folder_costs_the_record_but_not_the_exit_code(void **state)
{
    struct init_run *run = *state;

    init_run_shell(run, "mkdir exit.tmp; exit 6");
    assert_int_equal(init_run(run), 6);
    assert_false(init_run_has(run, "exit"));
    char *said = init_run_file(run, "err");

    assert_non_null(strstr(said, "The exit record cannot be written"));
    free(said);
}

/* ---- deadline ---- */

static void the_deadline_ends_a_script_that_ignores_sigterm(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "timeout_ms=300");
    init_run_shell(run, "trap '' TERM INT HUP; while :; do sleep 1000; done");
    assert_int_equal(init_run(run), 124);
    struct init_exit record = init_run_record(run);

    assert_string_equal(record.cause, "timeout");
    assert_int_equal(record.wait_status, SIGKILL);
    assert_true(record.ended_ms - record.started_ms >= 290);
}

static void a_script_faster_than_its_deadline_is_not_disturbed(void **state)
{
    init_run_set(*state, "timeout_ms=60000");
    assert_ends(*state, "exit 7", 7, 7 << 8);
}

/* ---- signals ---- */

static void sigterm_is_passed_on_and_its_effect_recorded(void **state)
{
    struct init_run *run = *state;

    init_run_shell(run, "kill -TERM $PPID; while :; do sleep 1000; done");
    assert_int_equal(init_run(run), 128 + SIGTERM);
    struct init_exit record = init_run_record(run);

    assert_string_equal(record.cause, "terminated");
    assert_int_equal(record.wait_status, SIGTERM);
}

static void a_script_that_handles_sigterm_exits_by_itself(void **state)
{
    struct init_run *run = *state;

    init_run_python(run, "import os, signal, sys, time\n"
                         "def end(number, frame):\n"
                         "    print('bye')\n"
                         "    sys.exit(5)\n"
                         "signal.signal(signal.SIGTERM, end)\n"
                         "os.kill(os.getppid(), signal.SIGTERM)\n"
                         "while True: time.sleep(0.01)\n"); /* pause() could miss it */
    assert_int_equal(init_run(run), 5);
    assert_string_equal(init_run_record(run).cause, "exited");
    assert_log(run, LOG_ALL, "bye\n");
}

static void a_script_that_ignores_sigterm_is_killed_after_the_grace(void **state)
{
    struct init_run *run = *state;

    init_run_shell(run, "trap '' TERM; kill -TERM $PPID; while :; do sleep 1000; done");
    assert_int_equal(init_run(run), 128 + SIGKILL);
    struct init_exit record = init_run_record(run);

    assert_string_equal(record.cause, "terminated");
    assert_int_equal(record.wait_status, SIGKILL);
    assert_true(record.ended_ms - record.started_ms >= 4900);
}

static void other_signals_reach_the_script(void **state)
{
    struct init_run *run = *state;

    init_run_python(run, "import os, signal\n"
                         "for s in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP,\n"
                         "          signal.SIGWINCH):\n"
                         "    got = []\n"
                         "    signal.signal(s, lambda n, f: got.append(n))\n"
                         "    os.kill(os.getppid(), s)\n"
                         "    while not got: signal.sigtimedwait([], 0.01)\n"
                         "    print(signal.Signals(got[0]).name)\n");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "SIGUSR1\nSIGUSR2\nSIGHUP\nSIGWINCH\n");
}

/* It would look as if somebody outside had stopped it. */
static void a_script_cannot_have_itself_stopped_by_pid_1(void **state)
{
    init_run_set(*state, "timeout_ms=60000");
    assert_ends(*state,
                "for s in TERM INT HUP USR1 PWR; do kill -$s 1 || exit 1; done; sleep 0.2; exit 7",
                7, 7 << 8);
    assert_string_equal(init_run_record(*state).cause, "exited");
}

static bool has_begun(const struct init_run *run)
{
    return init_run_has(run, "begun");
}

static void a_signal_from_outside_is_passed_on(void **state)
{
    struct init_run *run = *state;

    init_run_shell(run, "trap 'exit 9' INT; echo > begun; while :; do sleep 0.01; done");
    init_run_start(run);
    init_run_await(has_begun, run);
    assert_int_equal(kill(run->pid, SIGINT), 0);
    assert_int_equal(init_run_wait(run), 9);
}

static bool has_written(const struct init_run *run)
{
    return init_run_has(run, "written");
}

static void a_stop_kills_at_once_and_saves_what_was_written(void **state)
{
    struct init_run *run = *state;
    char path[64];

    init_run_python(run, "import os, sys, time\n"
                         "open('begun', 'w').close()\n"
                         "while not os.path.exists('go'): time.sleep(0.001)\n"
                         "os.write(1, b'x' * 30000)\n"
                         "open('written', 'w').close()\n"
                         "time.sleep(1000)\n");
    init_run_start(run);
    init_run_await(has_begun, run);
    /* held still, so that what the script writes stays in the pipe */
    assert_int_equal(kill(run->pid, SIGSTOP), 0);
    (void)snprintf(path, sizeof(path), "%s/go", run->dir);
    (void)close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    init_run_await(has_written, run);
    assert_int_equal(kill(run->pid, MAPS_INIT_STOP_SIGNAL), 0);
    assert_int_equal(kill(run->pid, SIGCONT), 0);
    assert_int_equal(init_run_wait(run), 128 + SIGKILL);
    struct init_exit record = init_run_record(run);

    assert_string_equal(record.cause, "terminated");
    assert_int_equal(record.wait_status, SIGKILL);
    assert_int_equal(record.log_bytes, 30000);
}

/* ---- processes left behind ---- */

/* Two generations away, in a session of its own, deaf, with our stdout, and holding a
 * lock for as long as it lives. */
#define LEAVE_A_DAEMON                                                                             \
    "import fcntl, os, signal, sys, time\n"                                                        \
    "lock = os.open('lock', os.O_CREAT | os.O_RDWR)\n"                                             \
    "fcntl.flock(lock, fcntl.LOCK_EX)\n"                                                           \
    "for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)\n"  \
    "r, w = os.pipe()\n"                                                                           \
    "if os.fork() == 0:\n"                                                                         \
    "    os.setsid()\n"                                                                            \
    "    if os.fork() == 0:\n"                                                                     \
    "        os.write(w, b'x')\n"                                                                  \
    "        time.sleep(1000)\n"                                                                   \
    "    os._exit(0)\n"                                                                            \
    "os.read(r, 1)\n"

/* Nobody holds the lock that the daemon took and never gave up. */
static void assert_daemon_is_gone(const struct init_run *run)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "%s/lock", run->dir);
    int fd = open(path, O_RDWR | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    (void)close(fd);
}

static void a_daemon_left_behind_neither_survives_nor_delays(void **state)
{
    struct init_run *run = *state;

    init_run_python(run, LEAVE_A_DAEMON "print('done')\n"
                                        "sys.stdout.flush()\n"
                                        "os._exit(4)\n");
    assert_int_equal(init_run(run), 4);
    struct init_exit record = init_run_record(run);

    /* The daemon has 1000 s to go, and maps-init would not wait more than 10 for it. */
    assert_true(record.ended_ms - record.started_ms < 9000);
    assert_daemon_is_gone(run);
    assert_log(run, LOG_ALL, "done\n");
    assert_string_equal(record.cause, "exited");
}

static void the_deadline_kills_daemons_too(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "timeout_ms=1500");
    init_run_python(run, LEAVE_A_DAEMON "open('begun', 'w')\ntime.sleep(1000)\n");
    assert_int_equal(init_run(run), 124);
    assert_true(init_run_has(run, "begun"));
    assert_daemon_is_gone(run);
}

static void orphans_do_not_stay_zombies(void **state)
{
    struct init_run *run = *state;

    init_run_python(run, "import os, sys, time\n"
                         "r, w = os.pipe()\n"
                         "for i in range(20):\n"
                         "    if os.fork() == 0:\n"
                         "        pid = os.fork()\n"
                         "        if pid == 0: os._exit(0)\n"
                         "        os.write(w, b'%d ' % pid)\n"
                         "        os._exit(0)\n"
                         "    os.wait()\n"
                         "os.close(w)\n"
                         "pids = os.fdopen(r).read().split()\n"
                         "end = time.monotonic() + 50\n"
                         "while any(os.path.exists('/proc/' + p) for p in pids):\n"
                         "    if time.monotonic() > end: sys.exit(1)\n"
                         "    time.sleep(0.005)\n"
                         "print(len(pids))\n");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "20\n");
}

/* A bomb that forks on while it is being killed. */
static void a_fork_bomb_ends_with_the_deadline(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "timeout_ms=500");
    init_run_python(run, "import fcntl, os, time\n"
                         "fcntl.flock(os.open('lock', os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)\n"
                         "for i in range(50):\n"
                         "    if os.fork() == 0:\n"
                         "        while True:\n"
                         "            if os.fork() != 0: os._exit(0)\n"
                         "time.sleep(1000)\n");
    assert_int_equal(init_run(run), 124);
    assert_daemon_is_gone(run);
}

/* ---- output folder ---- */

static void an_output_folder_that_holds_too_much_ends_the_script(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "disk_bytes=1000000");
    init_run_shell(run, "head -c 3000000 /dev/zero > big; echo full; sleep 1000");
    assert_int_equal(init_run(run), 123);
    struct init_exit record = init_run_record(run);

    assert_string_equal(record.cause, "output_limit");
    assert_string_equal(record.error, "The output folder holds more than disk_bytes = 1000000 "
                                      "bytes.");
    assert_int_equal(record.wait_status, SIGKILL);
    assert_log(run, LOG_ALL, "full\n");
}

static void links_and_holes_cost_nothing_in_the_output_folder(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "disk_bytes=1000000");
    init_run_shell(run, "truncate -s 1G sparse; ln -s /usr usr; ln -s / root; sleep 1; exit 4");
    assert_int_equal(init_run(run), 4);
    assert_string_equal(init_run_record(run).cause, "exited");
    assert_string_equal(init_run_record(run).error, "");
}

static void what_is_nested_too_deep_to_be_measured_ends_the_script(void **state)
{
    struct init_run *run = *state;
    char command[64];

    init_run_set(run, "disk_bytes=1000000");
    init_run_shell(run, "d=d; for i in $(seq 80); do d=$d/d; done; mkdir -p $d; sleep 1000");
    assert_int_equal(init_run(run), 123);
    assert_non_null(strstr(init_run_record(run).error, "deeper than 64 levels"));
    (void)snprintf(command, sizeof(command), "rm -r '%s/d'", run->dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_BOTH(success_is_zero),
        TEST_BOTH(an_exit_code_is_kept),
        TEST_BOTH(exit_137_is_no_signal),
        TEST_BOTH(a_script_that_kills_itself_was_signaled),
        TEST_BOTH(a_second_start_is_refused_and_changes_nothing),
        TEST_BOTH(a_missing_command_is_a_failed_start),
        TEST_CHILD(a_missing_working_directory_is_a_failed_start),
        TEST_CHILD(mistakes_before_the_start_leave_no_marker),
        TEST_CHILD(nothing_is_written_through_what_the_script_planted),
        TEST_CHILD(a_planted_folder_costs_the_record_but_not_the_exit_code),
        TEST_BOTH(the_deadline_ends_a_script_that_ignores_sigterm),
        TEST_CHILD(a_script_faster_than_its_deadline_is_not_disturbed),
        TEST_CHILD(sigterm_is_passed_on_and_its_effect_recorded),
        TEST_CHILD(a_script_that_handles_sigterm_exits_by_itself),
        TEST_CHILD(a_script_that_ignores_sigterm_is_killed_after_the_grace),
        TEST_CHILD(other_signals_reach_the_script),
        TEST_PID1(a_script_cannot_have_itself_stopped_by_pid_1),
        TEST_CHILD(a_signal_from_outside_is_passed_on),
        TEST_CHILD(a_stop_kills_at_once_and_saves_what_was_written),
        TEST_BOTH(a_daemon_left_behind_neither_survives_nor_delays),
        TEST_BOTH(the_deadline_kills_daemons_too),
        TEST_BOTH(orphans_do_not_stay_zombies),
        TEST_BOTH(a_fork_bomb_ends_with_the_deadline),
        TEST_BOTH(an_output_folder_that_holds_too_much_ends_the_script),
        TEST_CHILD(links_and_holes_cost_nothing_in_the_output_folder),
        TEST_CHILD(what_is_nested_too_deep_to_be_measured_ends_the_script),
    };

    return cmocka_run_group_tests_name("maps-init outcomes", tests, NULL, NULL);
}
