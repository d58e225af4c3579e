/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime that runs nothing: it does what the first word of the script says, so that the
 * jobs room can be tested in every situation a real engine can bring.
 *   exit N             reports exit code N
 *   wait               until cancelled
 *   unavailable N      fails N times before the start, then exits 0
 *   unstarted N        N times knows after START_ATTEMPTED that it has not started; then exits 0
 *                      if cleanup() was told the handle of the attempt before, else 99
 *   interrupted        likewise once, but only recover() finds that out
 *   never              until cancelled, and then knows that it has not started
 *   contradictory      says RUNNING, and then that it has not started
 *   broken             fails after the start; recover() then reports exit 7
 *   gone               fails after the start; recover() then knows nothing
 *   late               says RUNNING only a while after the start; the true time is its message
 *   slow               until cancelled, by a cancel() that takes three seconds
 *   fill               writes more than 1 MiB to the output folder, then waits
 *   crowd              writes three files to the output folder, then waits
 *   owing              exits 0; cleanup() fails for as long as there is <output_dir>/debt
 *   emit               hands over log bytes, some of them twice, then exits 0
 * Each start is counted in <output_dir>/starts. */
#include <maps_runtime.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct maps_instance {
    int unused;
};

static const struct maps_host *host;
static struct maps_instance the_instance;
static atomic_int cancel_entered; /* by the one slow job */
static atomic_int cleaned;        /* cleanup() was told the handle of a run */

static int load(const struct maps_host *services)
{
    host = services;
    return 0;
}

static int configure(const struct maps_config *config, struct maps_instance **instance)
{
    (void)config;
    *instance = &the_instance;
    return 0;
}

static void release(struct maps_instance *instance)
{
    (void)instance;
}

static int probe(struct maps_instance *instance, struct maps_probe *probe)
{
    (void)instance;
    probe->reachable = 1;
    probe->limits_enforced = MAPS_LIMIT_MEMORY | MAPS_LIMIT_OUTPUT;
    probe->limits_soft = MAPS_LIMIT_DISK;
    (void)snprintf(probe->version, sizeof(probe->version), "fake 1");
    return 0;
}

static void append(const char *dir, const char *name, const void *bytes, size_t length)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0) {
        ssize_t written = write(fd, bytes, length);
        (void)written;
        (void)close(fd);
    }
}

static void wait_for_cancel(struct maps_run *run)
{
    const struct timespec tick = { .tv_nsec = 1000000 };

    while (!host->is_cancelled(run))
        (void)nanosleep(&tick, NULL);
}

static void slow_cancel(struct maps_instance *instance, struct maps_run *run, void *run_data)
{
    const struct timespec long_time = { .tv_sec = 3 };

    (void)instance;
    (void)run;
    atomic_store((atomic_int *)run_data, 1);
    (void)nanosleep(&long_time, NULL);
}

static int report(struct maps_run *run, uint32_t reason, int exit_code)
{
    struct maps_outcome outcome = { .size = sizeof(outcome),
                                    .reason = reason,
                                    .exit_code = exit_code };

    (void)host->phase(run, MAPS_PHASE_COLLECT);
    return host->finish(run, &outcome);
}

static void read_script(const struct maps_job *job, char *text, size_t size)
{
    int fd = open(job->script_file, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

    text[n < 0 ? 0 : n] = '\0';
    if (fd >= 0)
        (void)close(fd);
}

static int emit_log(struct maps_run *run)
{
    int result = host->emit(run, MAPS_STDOUT, 0, "hello ", 6);

    if (result == 0)
        result = host->emit(run, MAPS_STDOUT, 3, "lo world\n", 9);
    return result != 0 ? result : report(run, MAPS_REASON_EXITED, 0);
}

static int not_started(void)
{
    host->set_error("The fake engine stopped before the script was started.");
    return MAPS_NOT_STARTED;
}

static int act(struct maps_run *run, const struct maps_job *job, const char *script)
{
    if (strncmp(script, "exit ", 5) == 0)
        return report(run, MAPS_REASON_EXITED, atoi(script + 5));
    if (strncmp(script, "emit", 4) == 0)
        return emit_log(run);
    if (strncmp(script, "owing", 5) == 0) {
        append(job->output_dir, "debt", "x", 1);
        return report(run, MAPS_REASON_EXITED, 0);
    }
    if (strncmp(script, "contradictory", 13) == 0)
        return not_started();
    if (strncmp(script, "broken", 6) == 0 || strncmp(script, "gone", 4) == 0)
        return -EIO;
    if (strncmp(script, "fill", 4) == 0) {
        char *block = calloc(1, 2u << 20);
        if (block != NULL)
            append(job->output_dir, "big", block, 2u << 20);
        free(block);
    }
    for (int i = 0; i < 3 && strncmp(script, "crowd", 5) == 0; i++)
        append(job->output_dir, (const char[]){ (char)('a' + i), '\0' }, "", 0);
    if (strncmp(script, "unavailable", 11) == 0 || strncmp(script, "unstarted", 9) == 0 ||
        strncmp(script, "interrupted", 11) == 0)
        return report(run, MAPS_REASON_EXITED, 0);
    wait_for_cancel(run);
    while (strncmp(script, "slow", 4) == 0 && !atomic_load(&cancel_entered))
        (void)sched_yield();
    host->set_run_data(run, NULL);
    return report(run, MAPS_REASON_CANCELLED, -1);
}

/* Starts, says so late, and reports when it really was. */
static int start_unnoticed(struct maps_run *run)
{
    const struct timespec while_nobody_looks = { .tv_nsec = 50000000 };
    struct timespec now;
    char text[32];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct maps_outcome outcome = { .size = sizeof(outcome),
                                    .reason = MAPS_REASON_EXITED,
                                    .started_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000,
                                    .message = text };
    (void)snprintf(text, sizeof(text), "%lld", (long long)outcome.started_ms);
    (void)nanosleep(&while_nobody_looks, NULL);
    (void)host->phase(run, MAPS_PHASE_RUNNING);
    (void)host->phase(run, MAPS_PHASE_COLLECT);
    return host->finish(run, &outcome);
}

/* The start is announced, but it does not happen.  True with what run_script() returns. */
static bool act_before_start(struct maps_run *run, const struct maps_job *job, const char *script,
                             int *result)
{
    bool interrupted = strncmp(script, "interrupted", 11) == 0;
    int failures = strncmp(script, "unstarted ", 10) == 0 ? atoi(script + 10) : interrupted;

    if (strncmp(script, "never", 5) == 0) {
        wait_for_cancel(run);
        *result = not_started();
        return true;
    }
    if (failures == 0)
        return false;
    if ((int)job->attempt > 1 && atomic_exchange(&cleaned, 0) == 0)
        *result = report(run, MAPS_REASON_EXITED, 99);
    else if ((int)job->attempt > failures)
        return false;
    else
        *result = interrupted ? -EIO : not_started();
    return true;
}

static int run_script(struct maps_instance *instance, struct maps_run *run,
                      const struct maps_job *job)
{
    char script[256];
    int result = host->phase(run, MAPS_PHASE_PREPARE);

    (void)instance;
    read_script(job, script, sizeof(script));
    if (strncmp(script, "unavailable ", 12) == 0 && (int)job->attempt <= atoi(script + 12)) {
        host->set_error("The fake engine is not there yet.");
        return -ECONNREFUSED;
    }
    if (result == 0)
        result = host->set_handle(run, "fake-handle");
    if (result == 0)
        result = host->phase(run, MAPS_PHASE_START_ATTEMPTED);
    if (result != 0)
        return result;
    if (act_before_start(run, job, script, &result))
        return result;
    append(job->output_dir, "starts", "x", 1);
    if (strncmp(script, "late", 4) == 0)
        return start_unnoticed(run);
    if (strncmp(script, "slow", 4) == 0)
        host->set_run_data(run, &cancel_entered);
    result = host->phase(run, MAPS_PHASE_RUNNING);
    return result != 0 ? result : act(run, job, script);
}

static int recover(struct maps_instance *instance, struct maps_run *run, const struct maps_job *job,
                   const char *handle)
{
    char script[256];

    (void)instance;
    read_script(job, script, sizeof(script));
    if (strncmp(script, "gone", 4) == 0 || strcmp(handle, "fake-handle") != 0)
        return MAPS_GONE;
    if (strncmp(script, "interrupted", 11) == 0)
        return not_started();
    return report(run, MAPS_REASON_EXITED, 7);
}

static int cleanup(struct maps_instance *instance, const struct maps_job *job, const char *handle)
{
    char path[4096];

    (void)instance;
    (void)snprintf(path, sizeof(path), "%s/debt", job->output_dir);
    if (access(path, F_OK) == 0) {
        host->set_error("The fake engine keeps the container.");
        return -EBUSY;
    }
    if (strcmp(handle, "fake-handle") == 0)
        atomic_store(&cleaned, 1);
    return 0;
}

static struct maps_runtime_plugin plugin = { .version = "1.0.0",
                                             .runner_type = "FakeRunner",
                                             .description = "Runs nothing",
                                             .load = load,
                                             .configure = configure,
                                             .release = release,
                                             .probe = probe,
                                             .run_script = run_script,
                                             .cancel = slow_cancel,
                                             .recover = recover,
                                             .cleanup = cleanup };
MAPS_REGISTER_RUNTIME("fake", plugin)
