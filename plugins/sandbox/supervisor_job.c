/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor_job.h"

#include "files.h"
#include "identity.h"
#include "order.h"
#include "result.h"
#include "sandbox_start.h"
#include "supervisor_watch.h"
#include "verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(char kind, const char *sentence)
{
    char message[600];
    int length = snprintf(message, sizeof(message), "%c%s", kind, sentence);

    send(ORDER_SOCKET_FD, message, (size_t)length, MSG_NOSIGNAL);
}

/* Held until this process ends: whoever gets it knows that no supervisor is at work here. */
static int take_lock(int runtime_fd, struct fault *fault)
{
    int fd = openat(runtime_fd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return fault_errno(fault, "the supervisor's lock cannot be opened");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return fault_errno(fault, "another supervisor is at work on this job");
    return 0;
}

/* An attempt that has had a supervisor never gets a second one. */
static int register_self(int runtime_fd, uint32_t attempt, struct fault *fault)
{
    char text[512];
    struct identity earlier;
    ssize_t length = file_read_at(runtime_fd, IDENTITY_SUPERVISOR, text, sizeof(text));
    int rc;

    if (length > 0 && identity_parse(text, (size_t)length, &earlier) && earlier.attempt == attempt)
        return fault_set(fault, EEXIST, "this attempt has been started before");
    rc = identity_write(runtime_fd, IDENTITY_SUPERVISOR, attempt, getpid());
    return rc == 0 ? 0
                   : fault_set(fault, -rc, "the supervisor cannot be recorded: %s", strerror(-rc));
}

static int prepare(struct watch *watch, struct order *order, struct fault *fault)
{
    int rc = take_lock(watch->runtime_fd, fault);

    if (rc == 0)
        rc = order_read_at(watch->runtime_fd, order, fault);
    if (rc == 0 && !order_has_job(order))
        rc = fault_set(fault, EBADMSG, "the order has no job");
    if (rc == 0)
        rc = register_self(watch->runtime_fd, order->attempt, fault);
    if (rc != 0)
        return rc;
    watch->control_fd = open(order->control, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (watch->control_fd < 0)
        return fault_errno(fault, "the control folder cannot be opened");
    watch->signal_fd = watch_signals();
    if (watch->signal_fd < 0)
        return fault_set(fault, -watch->signal_fd, "signals cannot be received");
    /* So that orphans of the sandbox come to us and their end can be waited for. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return cgroup_job_create(&order->cgroup, &order->limits, fault);
}

static bool go(void)
{
    char answer = 0;
    ssize_t length;

    say(ORDER_READY, "");
    do
        length = recv(ORDER_SOCKET_FD, &answer, 1, 0);
    while (length < 0 && errno == EINTR);
    return length == 1 && answer == ORDER_GO;
}

static void read_complaint(int runtime_fd, char *text, size_t size)
{
    FD_AUTO fd = openat(runtime_fd, STDERR_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t length = fd < 0 ? 0 : read(fd, text, size - 1);

    while (length > 0 && text[length - 1] == '\n')
        length--;
    text[length > 0 ? length : 0] = '\0';
}

static void conclude(const struct watch *watch, struct result *result)
{
    const struct order *order = watch->order;
    struct init_exit record;
    char complaint[300];
    struct evidence evidence = { .place = "sandbox",
                                 .attempt = order->attempt,
                                 .stop = watch->stop,
                                 .started = watch->started,
                                 .oom_kills = cgroup_job_oom_kills(&order->cgroup),
                                 .complaint = complaint };

    read_complaint(watch->runtime_fd, complaint, sizeof(complaint));
    if (init_exit_read(order->control, &record) == 0 && record.attempt == order->attempt)
        evidence.record = &record;
    verdict(&evidence, result);
}

static void not_started(uint32_t attempt, const char *why, struct result *result)
{
    memset(result, 0, sizeof(*result));
    result->attempt = attempt;
    result->cause = RESULT_NOT_STARTED;
    result->wait_status = -1;
    snprintf(result->message, sizeof(result->message), "%s", why);
}

static void run(struct watch *watch, struct result *result)
{
    struct fault fault;

    if (sandbox_start(watch->order, watch->runtime_fd, watch->control_fd, &watch->sandbox,
                      &fault) != 0) {
        not_started(watch->order->attempt, fault.text, result);
        return;
    }
    watch_sandbox(watch);
    conclude(watch, result);
}

int supervise(const char *runtime_dir)
{
    ORDER_AUTO order = { 0 };
    struct watch watch = { .order = &order };
    struct result result;
    struct fault fault;
    int rc;

    watch.runtime_fd = open(runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (watch.runtime_fd < 0)
        rc = fault_errno(&fault, "the runtime folder %s cannot be opened", runtime_dir);
    else
        rc = prepare(&watch, &order, &fault);
    if (rc != 0) {
        say(ORDER_FAILED, fault.text);
        return SUPERVISOR_EXIT_FAILED;
    }
    if (go()) {
        close(ORDER_SOCKET_FD);
        run(&watch, &result);
    } else {
        not_started(order.attempt, "The host withdrew before the start.", &result);
    }
    rc = result_write(watch.runtime_fd, &result);
    cgroup_job_remove(&order.cgroup);
    return rc == 0 ? 0 : SUPERVISOR_EXIT_FAILED;
}
