/* SPDX-License-Identifier: Apache-2.0 */
/* The built plugin runs real jobs in real sandboxes.  As root the suite runs as it is; with
 * --as-ordinary-user it first becomes one (sandboxes need not be run by root). */
#include "sandbox_suite.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ORDINARY_UID = 64002 };

static char delegated[64]; /* control group made for the ordinary user; "": none */
static uint32_t enforced;

static void need_limit(uint32_t limit)
{
    if ((enforced & limit) == 0) {
        print_message("SKIPPED: this limit is not enforced here (no control groups)\n");
        skip();
    }
}

static void the_probe_says_what_works(void **state)
{
    struct maps_probe probe = { .size = sizeof(probe) };

    (void)state;
    assert_int_equal(plugin->probe(instance, &probe), 0);
    assert_string_equal(probe.reachable ? "" : probe.message, "");
    assert_true(strncmp(probe.version, "bubblewrap ", 11) == 0);
    assert_true((probe.limits_enforced & MAPS_LIMIT_OUTPUT) != 0);
    assert_int_equal(probe.limits_soft, MAPS_LIMIT_DISK);
}

static void a_script_reads_its_input_and_succeeds(void **state)
{
    struct maps_run *run = job(
        suite_shell, "cat $MAPS_INPUT/city > city; cat /job/request.json; echo $MAPS_JOB_ID >&2");
    char expected[80], *city;

    (void)state;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_EXITED);
    assert_int_equal(run->outcome.exit_code, 0);
    assert_int_equal(run->phases, 1u << MAPS_PHASE_PREPARE | 1u << MAPS_PHASE_START_ATTEMPTED |
                                      1u << MAPS_PHASE_RUNNING | 1u << MAPS_PHASE_COLLECT);
    assert_true(run->log_file);
    assert_string_equal(run->handle, run->object_name);
    assert_log(run, MAPS_STDOUT, "{\"answer\": 42}");
    snprintf(expected, sizeof(expected), "%s\n", run->job_id);
    assert_log(run, MAPS_STDERR, expected);
    city = fake_output(run, "city");
    assert_string_equal(city, "Weimar");
    free(city);
    finish(run);
}

static void exit_codes_and_signals_are_told_apart(void **state)
{
    struct maps_run *run = job(suite_shell, "echo out; echo err >&2; exit 3");

    (void)state;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_EXITED);
    assert_int_equal(run->outcome.exit_code, 3);
    assert_log(run, MAPS_STDOUT, "out\n");
    assert_log(run, MAPS_STDERR, "err\n");
    finish(run);

    run = job(suite_shell, "exit 137");
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_EXITED);
    assert_int_equal(run->outcome.exit_code, 137);
    finish(run);

    run = job(suite_shell, "kill -9 $$");
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_SIGNALED);
    assert_int_equal(run->outcome.signal, SIGKILL);
    finish(run);
}

static void a_timeout_kills_the_whole_tree(void **state)
{
    struct maps_run *run = job(suite_shell, STUBBORN "echo begun; while :; do sleep 1; done");
    const char *const args[] = { run->job_id, NULL };
    struct timespec begin, end;

    (void)state;
    run->job.args = args;
    run->job.timeout_ms = 1000;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    fake_run(run, instance);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_reason(run, MAPS_REASON_TIMEOUT);
    assert_true(end.tv_sec - begin.tv_sec < 20);
    assert_log(run, MAPS_STDOUT, "begun\n");
    finish(run);
}

static void a_child_that_holds_stdout_holds_up_nothing(void **state)
{
    struct maps_run *run = job(suite_shell, STUBBORN "echo done");
    const char *const args[] = { run->job_id, NULL };

    (void)state;
    run->job.args = args;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_EXITED);
    assert_log(run, MAPS_STDOUT, "done\n");
    finish(run);
}

static void cancelling_kills_the_whole_tree(void **state)
{
    struct maps_run *run = job(suite_shell, STUBBORN "while :; do sleep 1; done");
    const char *const args[] = { run->job_id, NULL };

    (void)state;
    run->job.args = args;
    fake_run_begin(run, instance, false);
    assert_true(fake_await_phase(run, MAPS_PHASE_RUNNING));
    assert_true(fake_processes(run) > 0);
    fake_cancel(run, instance);
    fake_cancel(run, instance);
    fake_run_end(run);
    assert_reason(run, MAPS_REASON_CANCELLED);
    finish(run);
}

static void a_job_cancelled_before_the_start_never_starts(void **state)
{
    struct maps_run *run = job(suite_shell, "echo started > began");
    char *began;

    (void)state;
    run->cancelled = true;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_CANCELLED);
    began = fake_output(run, "began");
    assert_null(began);
    finish(run);
}

static void a_refused_start_never_starts(void **state)
{
    struct maps_run *run = job(suite_shell, "echo started > began");
    char *began;

    (void)state;
    run->refuse_phase = MAPS_PHASE_START_ATTEMPTED;
    fake_run(run, instance);
    assert_int_equal(run->result, -EIO);
    assert_int_equal(run->finished, 0);
    began = fake_output(run, "began");
    assert_null(began);
    done(run);
}

static void memory_beyond_the_limit_is_oom(void **state)
{
    struct maps_run *run;

    (void)state;
    need_limit(MAPS_LIMIT_MEMORY);
    run = job(suite_python, "x = bytearray(200 << 20)\nprint(len(x))");
    run->limits.memory_bytes = 64 << 20;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_OOM);
    assert_int_equal(run->outcome.signal, SIGKILL);
    assert_non_null(strstr(run->message, "67108864"));
    finish(run);
}

static void shared_memory_counts_as_memory(void **state)
{
    struct maps_run *run;

    (void)state;
    need_limit(MAPS_LIMIT_MEMORY);
    run = job(suite_shell,
              "head -c 60000000 /dev/zero > /dev/shm/a; head -c 60000000 /dev/zero > /tmp/b");
    run->limits.memory_bytes = 64 << 20;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_OOM);
    finish(run);
}

static void a_script_that_copes_with_a_killed_child_succeeds(void **state)
{
    struct maps_run *run;

    (void)state;
    need_limit(MAPS_LIMIT_MEMORY);
    run = job(suite_shell, "python3 -c 'x = bytearray(200 << 20)'; echo $?; exit 0");
    run->limits.memory_bytes = 64 << 20;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_EXITED);
    assert_int_equal(run->outcome.exit_code, 0);
    assert_log(run, MAPS_STDOUT, "137\n");
    assert_non_null(strstr(run->message, "killed 1 process"));
    finish(run);
}

static void a_fork_bomb_stays_inside_its_limit(void **state)
{
    struct maps_run *run;
    char *count;

    (void)state;
    need_limit(MAPS_LIMIT_PIDS);
    run = job(suite_python, "import os, time\n"
                            "count = 2\n"
                            "try:\n"
                            "    while True:\n"
                            "        if os.fork() == 0:\n"
                            "            time.sleep(1000)\n"
                            "        count += 1\n"
                            "except BlockingIOError:\n"
                            "    open('count', 'w').write(str(count))\n");
    run->limits.pids = 32;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_EXITED);
    assert_int_equal(run->outcome.exit_code, 0);
    count = fake_output(run, "count");
    assert_string_equal(count, "32");
    free(count);
    finish(run);
}

static void output_is_cut_at_its_cap(void **state)
{
    struct maps_run *run = job(suite_shell, "yes");
    size_t length;
    char *text;

    (void)state;
    run->limits.output_bytes = 1000000;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_OUTPUT_LIMIT);
    text = fake_log(run, 0, &length);
    assert_int_equal(length, 1000000);
    free(text);
    finish(run);
}

static void a_missing_command_is_named(void **state)
{
    static const char *const nothing[] = { "/usr/bin/no-such-interpreter", NULL };
    struct maps_run *run = job(nothing, "");

    (void)state;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_REJECTED);
    assert_non_null(strstr(run->message, "no-such-interpreter"));
    finish(run);
}

static void what_cannot_be_kept_is_refused(void **state)
{
    struct maps_run *run = job(suite_shell, "exit 0");

    (void)state;
    run->job.network = "host";
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_REJECTED);
    assert_non_null(strstr(run->message, "allow_host_network"));
    finish(run);
}

static void found(void *context, const char *job_id, uint32_t attempt, const char *handle)
{
    const struct maps_run *run = ((void **)context)[0];

    (void)handle;
    if (strcmp(job_id, run->job_id) == 0 && attempt == 1)
        ++*(int *)((void **)context)[1];
}

static void running_jobs_are_listed(void **state)
{
    struct maps_run *run;
    int count = 0;
    void *context[2] = { NULL, &count };

    (void)state;
    need_limit(MAPS_LIMIT_PIDS);
    run = job(suite_shell, "while :; do sleep 1; done");
    context[0] = run;
    fake_run_begin(run, instance, false);
    assert_true(fake_await_phase(run, MAPS_PHASE_RUNNING));
    assert_int_equal(plugin->list_owned(instance, found, context), 0);
    assert_int_equal(count, 1);
    fake_cancel(run, instance);
    fake_run_end(run);
    assert_int_equal(plugin->list_owned(instance, found, context), 0);
    assert_int_equal(count, 1);
    finish(run);
}

static void without_control_groups_required_limits_are_refused(void **state)
{
    const struct fake_option options[] = { { "cgroup", "none" } };
    struct maps_instance *bare = fake_host_configure(options, 1);
    struct maps_run *run = job(suite_shell, "exit 4");
    struct maps_probe probe = { .size = sizeof(probe) };

    (void)state;
    assert_non_null(bare);
    assert_int_equal(plugin->probe(bare, &probe), 0);
    assert_int_equal(probe.limits_enforced, MAPS_LIMIT_OUTPUT);
    run->limits.memory_bytes = 64 << 20;
    fake_run(run, bare);
    assert_reason(run, MAPS_REASON_EXITED);
    finish(run);

    run = job(suite_shell, "exit 4");
    run->limits.memory_bytes = 64 << 20;
    run->job.limits_required = MAPS_LIMIT_MEMORY;
    fake_run(run, bare);
    assert_reason(run, MAPS_REASON_REJECTED);
    assert_non_null(strstr(run->message, "memory_bytes"));
    finish(run);
    plugin->release(bare);
}

static void a_machine_without_bubblewrap_says_so(void **state)
{
    const struct fake_option options[] = { { "bwrap_path", "/nowhere/bwrap" } };
    struct maps_instance *bare = fake_host_configure(options, 1);
    struct maps_probe probe = { .size = sizeof(probe) };

    (void)state;
    assert_non_null(bare);
    assert_int_equal(plugin->probe(bare, &probe), 0);
    assert_int_equal(probe.reachable, 0);
    assert_non_null(strstr(probe.message, "/nowhere/bwrap"));
    plugin->release(bare);
}

static void copy_program(const char *from_dir, const char *name, const char *to_dir)
{
    char path[300], bytes[65536];
    ssize_t got;
    int in, out;

    snprintf(path, sizeof(path), "%s/%s", from_dir, name);
    in = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof(path), "%s/%s", to_dir, name);
    out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    while ((got = read(in, bytes, sizeof(bytes))) > 0) {
        if (write(out, bytes, (size_t)got) != got)
            abort();
    }
    if (in < 0 || out < 0 || fchmod(out, 0755) != 0)
        abort();
    close(in);
    close(out);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

/* Programs lie where an ordinary user can reach them, wherever the build folder is. */
static void make_programs(char *folder)
{
    if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
        abort();
    copy_program(PLUGIN_DIR, "sandbox.so", folder);
    copy_program(LIBEXEC_DIR, "maps-sandbox-supervisor", folder);
    copy_program(LIBEXEC_DIR, "maps-init", folder);
}

static int setup(void **state)
{
    const struct fake_option parent = { "cgroup_parent", delegated };
    struct maps_probe probe = { .size = sizeof(probe) };

    (void)state;
    snprintf(jobs_dir, sizeof(jobs_dir), "/tmp/maps-sandbox-jobs-XXXXXX");
    if (mkdtemp(jobs_dir) == NULL)
        return -1;
    instance = fake_host_configure(&parent, 1);
    if (instance == NULL || plugin->probe(instance, &probe) != 0)
        return -1;
    enforced = probe.limits_enforced;
    if (!probe.reachable)
        print_error("%s\n", probe.message);
    return probe.reachable ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    plugin->release(instance);
    return rmdir(jobs_dir);
}

static const char *const v1_mounts[] = { "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids",
                                         "/sys/fs/cgroup/cpu" };

static void take_back_delegation(void)
{
    char path[128];
    size_t i;

    for (i = 0; delegated[0] != '\0' && i < sizeof(v1_mounts) / sizeof(v1_mounts[0]); i++) {
        snprintf(path, sizeof(path), "%s%s/maps-backend", v1_mounts[i], delegated);
        rmdir(path);
        snprintf(path, sizeof(path), "%s%s", v1_mounts[i], delegated);
        rmdir(path);
    }
}

/* What an administrator does who lets an ordinary user limit jobs on v1. */
static void delegate(void)
{
    char path[128];
    size_t i;

    snprintf(delegated, sizeof(delegated), "/maps-sandbox-test-%d", (int)getpid());
    for (i = 0; i < sizeof(v1_mounts) / sizeof(v1_mounts[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", v1_mounts[i], delegated);
        if (mkdir(path, 0755) != 0 || chown(path, ORDINARY_UID, ORDINARY_UID) != 0) {
            take_back_delegation();
            delegated[0] = '\0';
            return;
        }
    }
}

static int run_suite(const char *programs)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_probe_says_what_works),
        cmocka_unit_test(a_script_reads_its_input_and_succeeds),
        cmocka_unit_test(exit_codes_and_signals_are_told_apart),
        cmocka_unit_test(a_timeout_kills_the_whole_tree),
        cmocka_unit_test(a_child_that_holds_stdout_holds_up_nothing),
        cmocka_unit_test(cancelling_kills_the_whole_tree),
        cmocka_unit_test(a_job_cancelled_before_the_start_never_starts),
        cmocka_unit_test(a_refused_start_never_starts),
        cmocka_unit_test(memory_beyond_the_limit_is_oom),
        cmocka_unit_test(shared_memory_counts_as_memory),
        cmocka_unit_test(a_script_that_copes_with_a_killed_child_succeeds),
        cmocka_unit_test(a_fork_bomb_stays_inside_its_limit),
        cmocka_unit_test(output_is_cut_at_its_cap),
        cmocka_unit_test(a_missing_command_is_named),
        cmocka_unit_test(what_cannot_be_kept_is_refused),
        cmocka_unit_test(a_script_is_confined),
        cmocka_unit_test(a_script_outlives_its_host),
        cmocka_unit_test(a_script_that_ended_without_its_host_is_reported),
        cmocka_unit_test(a_recovered_script_can_be_cancelled),
        cmocka_unit_test(without_its_supervisor_a_job_is_gone_and_nothing_runs),
        cmocka_unit_test(losing_the_supervisor_is_the_runtimes_fault),
        cmocka_unit_test(an_attempt_is_never_started_twice),
        cmocka_unit_test(what_was_never_started_is_told_and_never_starts),
        cmocka_unit_test(without_a_trace_of_its_end_a_started_script_is_gone),
        cmocka_unit_test(cleanup_kills_what_still_runs),
        cmocka_unit_test(running_jobs_are_listed),
        cmocka_unit_test(without_control_groups_required_limits_are_refused),
        cmocka_unit_test(the_host_network_is_shared_only_if_allowed),
        cmocka_unit_test(a_machine_without_bubblewrap_says_so),
    };

    plugin = fake_host_load(programs);
    if (plugin == NULL)
        return 1;
    return cmocka_run_group_tests_name(
        geteuid() == 0 ? "sandbox as root" : "sandbox as an ordinary user", tests, setup, teardown);
}

/* In a process of its own, so that root can still tidy up after an ordinary user. */
static int run_in_child(const char *programs, bool ordinary)
{
    int status = 1;
    pid_t pid = fork();

    if (pid == 0) {
        if (ordinary && geteuid() == 0 &&
            (setgroups(0, NULL) != 0 || setresgid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID) != 0 ||
             setresuid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID) != 0 ||
             prctl(PR_SET_DUMPABLE, 1) != 0))
            _exit(2);
        exit(run_suite(programs));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    char programs[] = "/tmp/maps-sandbox-programs-XXXXXX";
    bool ordinary = argc > 1 && strcmp(argv[1], "--as-ordinary-user") == 0;
    int rc;

    make_programs(programs);
    if (ordinary && geteuid() == 0)
        delegate();
    rc = run_in_child(programs, ordinary);
    take_back_delegation();
    nftw(programs, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return rc;
}
