/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include "files.h"
#include "identity.h"
#include "launch.h"
#include "leftovers.h"
#include "outcome.h"
#include "refusal.h"
#include "result.h"
#include "start_marker.h"
#include "supervisor_watch.h"
#include "verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { FIRST_LOOK_MS = 2, LAST_LOOK_MS = 100 };

struct following {
    struct maps_instance *instance;
    struct maps_run *run;
    const struct maps_job *job;
    int runtime_fd;
    int cancel_fd; /* an eventfd that cancel() writes */
    bool running_said;
    bool cancel_sent;
};

static void following_clear(struct following *following)
{
    sandbox_host->set_run_data(following->run, NULL);
    fd_cleanup(&following->runtime_fd);
    fd_cleanup(&following->cancel_fd);
}
#define FOLLOWING_AUTO __attribute__((cleanup(following_clear))) struct following

static int fail(const struct fault *fault, int rc)
{
    sandbox_host->set_error("%s", fault->text);
    return rc;
}

static int open_following(struct following *following, struct fault *fault)
{
    following->runtime_fd = open(following->job->runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (following->runtime_fd < 0)
        return fault_errno(fault, "the job's runtime folder %s cannot be opened",
                           following->job->runtime_dir);
    following->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (following->cancel_fd < 0)
        return fault_errno(fault, "an eventfd cannot be made");
    sandbox_host->set_run_data(following->run, &following->cancel_fd);
    return 0;
}

void sandbox_cancel(struct maps_instance *instance, struct maps_run *run, void *run_data)
{
    (void)instance;
    (void)run;
    eventfd_write(*(int *)run_data, 1);
}

/* We learn of the start by looking now and then; maps-init was there. */
static int64_t started_ms(const struct maps_job *job)
{
    struct init_exit record;

    return init_exit_read(job->control_dir, &record) == 0 && record.attempt == job->attempt
               ? record.started_ms
               : 0;
}

static int report(const struct following *following, const struct result *result)
{
    struct maps_outcome outcome;
    struct outcome_text text;

    outcome_from_result(result, following->job->limits, following->job->timeout_ms, &outcome,
                        &text);
    outcome.started_ms = started_ms(following->job);
    return sandbox_host->finish(following->run, &outcome);
}

static int report_reason(struct maps_run *run, uint32_t reason, const char *message)
{
    const struct maps_outcome outcome = {
        .size = sizeof(outcome), .reason = reason, .exit_code = -1, .message = message
    };

    return sandbox_host->finish(run, &outcome);
}

static int say_running(struct following *following)
{
    const struct maps_job *job = following->job;

    if (following->running_said || start_marker_look(job->control_dir, job->attempt) != 1)
        return 0;
    following->running_said = true;
    return sandbox_host->phase(following->run, MAPS_PHASE_RUNNING);
}

/* Returns when the supervisor is gone.  0, or what a phase() said. */
static int follow(struct following *following, int pidfd)
{
    struct pollfd fds[] = { { .fd = pidfd, .events = POLLIN },
                            { .fd = following->cancel_fd, .events = POLLIN } };
    int look_ms = FIRST_LOOK_MS, rc = 0;

    if (sandbox_host->is_cancelled(following->run))
        eventfd_write(following->cancel_fd, 1);
    for (;;) {
        poll(fds, 2, following->running_said || following->cancel_sent ? -1 : look_ms);
        if (rc == 0)
            rc = say_running(following);
        if (fds[0].revents != 0)
            return rc;
        if (!following->cancel_sent && (rc != 0 || fds[1].revents != 0)) {
            pidfd_kill(pidfd, SUPERVISOR_CANCEL_SIGNAL);
            following->cancel_sent = true;
            fds[1].fd = -1; /* once is enough */
        }
        look_ms = look_ms < LAST_LOOK_MS ? look_ms * 2 : look_ms;
    }
}

static int not_started(const char *why)
{
    sandbox_host->set_error("%s", why);
    return MAPS_NOT_STARTED;
}

/* Whatever of the sandbox might still be about to end: with the start marker taken, no maps-init
 * starts the script any more.  The result says so again, should the host die right now. */
static int conclude_unstarted(const struct following *following)
{
    struct result result = { .attempt = following->job->attempt,
                             .cause = RESULT_NOT_STARTED,
                             .wait_status = -1,
                             .message = "The job's supervisor ended before the script was "
                                        "started, as when the machine goes down." };

    (void)result_write(following->runtime_fd, &result);
    return not_started(result.message);
}

/* Without a result there is still maps-init's exit record, if the script came to an end, and its
 * start marker, if it came to a start. */
static int conclude_without_result(struct following *following, bool recovering,
                                   struct fault *fault)
{
    const struct maps_job *job = following->job;
    struct evidence evidence = { .place = "sandbox",
                                 .attempt = job->attempt,
                                 .stop = STOP_SUPERVISOR_DIED,
                                 .started = true,
                                 .complaint = "" };
    struct init_exit record;
    struct result result;
    int rc = leftovers_remove(following->instance, job, following->runtime_fd, &evidence.oom_kills,
                              fault);

    if (rc != 0)
        return rc;
    if (init_exit_read(job->control_dir, &record) == 0 && record.attempt == job->attempt)
        evidence.record = &record;
    else if (start_marker_claim(job->control_dir, job->attempt) == 0)
        return conclude_unstarted(following);
    else if (recovering)
        return MAPS_GONE;
    verdict(&evidence, &result);
    return report(following, &result);
}

static int conclude(struct following *following, bool recovering, struct fault *fault)
{
    struct result result;
    int rc = say_running(following);

    if (rc == 0)
        rc = sandbox_host->phase(following->run, MAPS_PHASE_COLLECT);
    if (rc != 0)
        return fault_set(fault, -rc, "the host does not go on");
    if (result_read(following->runtime_fd, following->job->attempt, &result) != 0)
        return conclude_without_result(following, recovering, fault);
    return result.cause == RESULT_NOT_STARTED ? not_started(result.message)
                                              : report(following, &result);
}

static int follow_supervisor(struct following *following, bool recovering, struct fault *fault)
{
    FD_AUTO pidfd =
        identity_open(following->runtime_fd, IDENTITY_SUPERVISOR, following->job->attempt);
    int rc;

    if (pidfd >= 0) {
        rc = follow(following, pidfd);
        if (rc != 0)
            return fault_set(fault, -rc, "the host does not go on");
    } else if (pidfd != -ESRCH && pidfd != -ENOENT) {
        return fault_set(fault, -pidfd, "the supervisor cannot be examined: %s", strerror(-pidfd));
    }
    return conclude(following, recovering, fault);
}

static int start(struct following *following, struct fault *fault)
{
    const struct maps_job *job = following->job;
    int rc = launch_write(following->instance, job, following->runtime_fd, fault);
    FD_AUTO socket = -1;

    if (rc != 0)
        return rc;
    socket = launch_supervisor(following->instance, job, following->runtime_fd, fault);
    if (socket < 0)
        return socket;
    rc = sandbox_host->set_handle(following->run, job->object_name);
    if (rc == 0)
        rc = sandbox_host->phase(following->run, MAPS_PHASE_START_ATTEMPTED);
    if (rc != 0) {
        launch_call_off(socket);
        return fault_set(fault, -rc, "the host does not go on");
    }
    /* A supervisor that does not hear this any more has died and started nothing: that is
     * found out like any other end. */
    launch_go(socket, fault);
    return 0;
}

static bool refused(const struct maps_instance *instance, const struct maps_job *job,
                    struct fault *reason)
{
    const struct refusal_rules rules = {
        .runtime = "sandbox",
        .limits_advice = "give the host control groups (docs/sandbox.md)",
        .limits_kept = sandbox_limits_enforced(instance) | sandbox_limits_soft(),
        .allow_host_network = instance->allow_host_network,
        .root = instance->root,
    };

    return job_refused(job, &rules, reason);
}

int sandbox_run_script(struct maps_instance *instance, struct maps_run *run,
                       const struct maps_job *job)
{
    FOLLOWING_AUTO following = { instance, run, job, -1, -1, false, false };
    struct fault fault = { "" };
    int rc;

    if (refused(instance, job, &fault))
        return report_reason(run, MAPS_REASON_REJECTED, fault.text);
    rc = sandbox_host->phase(run, MAPS_PHASE_PREPARE);
    if (rc != 0)
        return rc;
    rc = open_following(&following, &fault);
    if (rc == 0 && sandbox_host->is_cancelled(run))
        return report_reason(run, MAPS_REASON_CANCELLED, NULL);
    if (rc == 0)
        rc = sandbox_host->log_file(run);
    if (rc == 0)
        rc = start(&following, &fault);
    if (rc == 0)
        rc = follow_supervisor(&following, false, &fault);
    return rc < 0 ? fail(&fault, rc) : rc;
}

int sandbox_recover(struct maps_instance *instance, struct maps_run *run,
                    const struct maps_job *job, const char *handle)
{
    FOLLOWING_AUTO following = { instance, run, job, -1, -1, false, false };
    struct fault fault = { "" };
    int rc;

    (void)handle; /* the runtime folder says more */
    rc = open_following(&following, &fault);
    if (rc == -ENOENT)
        return MAPS_GONE;
    if (rc == 0)
        rc = sandbox_host->log_file(run);
    if (rc == 0)
        rc = follow_supervisor(&following, true, &fault);
    return rc < 0 ? fail(&fault, rc) : rc;
}

int sandbox_cleanup(struct maps_instance *instance, const struct maps_job *job, const char *handle)
{
    FD_AUTO runtime_fd = open(job->runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct fault fault = { "" };
    uint64_t oom_kills;
    int rc = 0;

    (void)handle;
    if (runtime_fd >= 0)
        rc = leftovers_end_supervisor(job, runtime_fd, &fault);
    if (rc == 0)
        rc = leftovers_remove(instance, job, runtime_fd, &oom_kills, &fault);
    return rc == 0 ? 0 : fail(&fault, rc);
}
