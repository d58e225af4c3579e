/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts and supervisors that die while a script runs. */
#include "sandbox_suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A host in a process of its own, which is killed while the script runs. */
static void run_and_lose_the_host(struct maps_run *run)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        fake_run(run, instance);
        _exit(0);
    }
    assert_true(fake_await_file(run->output_dir, "began"));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

void a_script_outlives_its_host(void **state)
{
    struct maps_run *run =
        job(suite_shell,
            "echo one; echo x >> began; while [ ! -e go ]; do sleep 0.05; done; echo two; exit 7");
    char path[300], *began;

    (void)state;
    run_and_lose_the_host(run);
    assert_true(fake_processes(run) > 0);
    fake_run_begin(run, instance, true);
    assert_true(fake_await_phase(run, MAPS_PHASE_RUNNING));
    snprintf(path, sizeof(path), "%s/go", run->output_dir);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    fake_run_end(run);
    assert_reason(run, MAPS_REASON_EXITED);
    assert_int_equal(run->outcome.exit_code, 7);
    assert_log(run, MAPS_STDOUT, "one\ntwo\n");
    began = fake_output(run, "began");
    assert_string_equal(began, "x\n");
    free(began);
    finish(run);
}

void a_script_that_ended_without_its_host_is_reported(void **state)
{
    struct maps_run *run = job(suite_shell, "echo x > began; sleep 0.3; exit 5");

    (void)state;
    run_and_lose_the_host(run);
    assert_true(fake_await_file(run->runtime_dir, "result"));
    fake_run_begin(run, instance, true);
    fake_run_end(run);
    assert_reason(run, MAPS_REASON_EXITED);
    assert_int_equal(run->outcome.exit_code, 5);
    finish(run);
}

void a_recovered_script_can_be_cancelled(void **state)
{
    struct maps_run *run = job(suite_shell, STUBBORN "echo x > began; while :; do sleep 1; done");
    const char *const args[] = { run->job_id, NULL };

    (void)state;
    run->job.args = args;
    run_and_lose_the_host(run);
    fake_run_begin(run, instance, true);
    assert_true(fake_await_phase(run, MAPS_PHASE_RUNNING));
    fake_cancel(run, instance);
    fake_run_end(run);
    assert_reason(run, MAPS_REASON_CANCELLED);
    finish(run);
}

static pid_t supervisor_of(const struct maps_run *run)
{
    char path[300];
    int pid = 0;
    FILE *file;

    snprintf(path, sizeof(path), "%s/supervisor", run->runtime_dir);
    file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "attempt=1\npid=%d", &pid), 1);
    fclose(file);
    assert_true(pid > 1);
    return pid;
}

void without_its_supervisor_a_job_is_gone_and_nothing_runs(void **state)
{
    struct maps_run *run = job(suite_shell, STUBBORN "echo x > began; while :; do sleep 1; done");
    const char *const args[] = { run->job_id, NULL };

    (void)state;
    run->job.args = args;
    run_and_lose_the_host(run);
    assert_int_equal(kill(supervisor_of(run), SIGKILL), 0);
    fake_run_begin(run, instance, true);
    fake_run_end(run);
    assert_int_equal(run->result, MAPS_GONE);
    assert_int_equal(run->finished, 0);
    done(run);
}

void losing_the_supervisor_is_the_runtimes_fault(void **state)
{
    struct maps_run *run = job(suite_shell, STUBBORN "while :; do sleep 1; done");
    const char *const args[] = { run->job_id, NULL };

    (void)state;
    run->job.args = args;
    fake_run_begin(run, instance, false);
    assert_true(fake_await_phase(run, MAPS_PHASE_RUNNING));
    assert_int_equal(kill(supervisor_of(run), SIGKILL), 0);
    fake_run_end(run);
    assert_reason(run, MAPS_REASON_RUNTIME_LOST);
    finish(run);
}

void an_attempt_is_never_started_twice(void **state)
{
    struct maps_run *run = job(suite_shell, "echo x >> began");
    char *began;

    (void)state;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_EXITED);
    fake_run(run, instance);
    assert_true(run->result < 0);
    began = fake_output(run, "began");
    assert_string_equal(began, "x\n");
    free(began);
    finish(run);
}

/* As after a power failure between the announcement and the start: asked twice, because the host
 * may die before it has written the answer down. */
void what_was_never_started_is_told_and_never_starts(void **state)
{
    struct maps_run *run = job(suite_shell, "echo x > began");

    (void)state;
    for (int i = 0; i < 2; i++) {
        fake_run_begin(run, instance, true);
        fake_run_end(run);
        assert_int_equal(run->result, MAPS_NOT_STARTED);
    }
    fake_run(run, instance);
    assert_null(fake_output(run, "began"));
    done(run);
}

void without_a_trace_of_its_end_a_started_script_is_gone(void **state)
{
    struct maps_run *run = job(suite_shell, "exit 0");
    char marker[300];

    (void)state;
    snprintf(marker, sizeof(marker), "%s/started-1", run->control_dir);
    close(open(marker, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    fake_run_begin(run, instance, true);
    fake_run_end(run);
    assert_int_equal(run->result, MAPS_GONE);
    done(run);
}

void cleanup_kills_what_still_runs(void **state)
{
    struct maps_run *run = job(suite_shell, STUBBORN "echo x > began; while :; do sleep 1; done");
    const char *const args[] = { run->job_id, NULL };

    (void)state;
    run->job.args = args;
    run_and_lose_the_host(run);
    assert_int_equal(plugin->cleanup(instance, &run->job, run->handle), 0);
    done(run);
}
