/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor_watch.h"

#include "files.h"
#include "identity.h"
#include "start_marker.h"

#include "../../runner_image/maps-init/protocol.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    START_TIMEOUT_MS = 60000,
    /* maps-init keeps the exact deadline and saves the last of the log; this one is for a
     * maps-init that cannot. */
    DEADLINE_GRACE_MS = 1000,
    START_POLL_MS = 20,
    /* A sleeping machine stops the clock that poll() waits by. */
    LONGEST_WAIT_MS = 60000,
    /* maps-init needs a moment to kill everything and log what the pipes hold. */
    STOP_GRACE_MS = 2000
};

int watch_signals(void)
{
    sigset_t set;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SUPERVISOR_CANCEL_SIGNAL);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -errno;
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

static void reap(struct watch *watch)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        if (pid == watch->sandbox.bwrap)
            watch->bwrap_gone = true;
    }
}

static void take_signals(struct watch *watch)
{
    struct signalfd_siginfo info;

    while (read(watch->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD)
            reap(watch);
        else if (watch->stop == STOP_NONE)
            watch->stop = info.ssi_signo == SUPERVISOR_CANCEL_SIGNAL ? STOP_CANCEL : STOP_SHUTDOWN;
    }
}

/* The PID is recorded, so that what is left can be killed even if this process is. */
static void take_init(struct watch *watch, const char *info)
{
    static const char key[] = "\"child-pid\":";
    const char *pid = strstr(info, key);

    if (pid == NULL || watch->init_pidfd >= 0)
        return;
    pid_t init = (pid_t)atoi(pid + strlen(key));
    watch->init_pidfd = pidfd_of(init);
    identity_write(watch->runtime_fd, IDENTITY_INIT, watch->order->attempt, init);
}

/* bubblewrap writes {"child-pid": 123, ...} in several pieces, the PID in the first.  It is read
 * to its end: closing earlier would kill bubblewrap with SIGPIPE. */
static void take_info(struct watch *watch)
{
    char text[512];
    ssize_t length = read(watch->sandbox.info_fd, text, sizeof(text) - 1);

    if (length < 0 && errno == EINTR)
        return;
    if (length > 0) {
        text[length] = '\0';
        take_init(watch, text);
        return;
    }
    close(watch->sandbox.info_fd);
    watch->sandbox.info_fd = -1;
}

static void look_for_start(struct watch *watch)
{
    if (start_marker_look(watch->order->control, watch->order->attempt) == 0)
        return;
    watch->started = true;
    watch->deadline_ms =
        watch->order->timeout_ms == 0
            ? 0
            : boottime_ms() + (long long)watch->order->timeout_ms + DEADLINE_GRACE_MS;
}

static int wait_ms(const struct watch *watch)
{
    long long left = watch->deadline_ms == 0 ? LONGEST_WAIT_MS : watch->deadline_ms - boottime_ms();
    long long longest = watch->started ? LONGEST_WAIT_MS : START_POLL_MS;

    if (left < 0)
        return 0;
    return (int)(left < longest ? left : longest);
}

static void watch_once(struct watch *watch)
{
    struct pollfd fds[] = { { .fd = watch->signal_fd, .events = POLLIN },
                            { .fd = watch->sandbox.info_fd, .events = POLLIN } };

    poll(fds, 2, wait_ms(watch));
    if (fds[1].revents != 0)
        take_info(watch);
    if (!watch->started)
        look_for_start(watch);
    if (fds[0].revents != 0)
        take_signals(watch);
    if (watch->stop == STOP_NONE && watch->deadline_ms != 0 && boottime_ms() >= watch->deadline_ms)
        watch->stop = watch->started ? STOP_DEADLINE : STOP_START_DEADLINE;
}

/* A cancelled script is killed by maps-init, so that all it wrote until then is logged. */
static void stop_by_init(struct watch *watch)
{
    long long end_ms = boottime_ms() + STOP_GRACE_MS;
    struct pollfd fd = { .fd = watch->signal_fd, .events = POLLIN };

    look_for_start(watch);
    if (!watch->started || watch->init_pidfd < 0 ||
        pidfd_kill(watch->init_pidfd, MAPS_INIT_STOP_SIGNAL) != 0)
        return;
    while (!watch->bwrap_gone && boottime_ms() < end_ms) {
        poll(&fd, 1, (int)(end_ms - boottime_ms()));
        take_signals(watch);
    }
}

/* PID 1's death takes the sandbox's whole PID namespace with it, and it counts as dead only
 * when that is done.  It is our child, or becomes it when bubblewrap's outer process goes:
 * so when no child is left, nothing is. */
static void end_sandbox(struct watch *watch)
{
    if (watch->init_pidfd >= 0)
        pidfd_kill(watch->init_pidfd, SIGKILL);
    if (!watch->bwrap_gone)
        kill(watch->sandbox.bwrap, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
    while (cgroup_job_kill(&watch->order->cgroup, LONGEST_WAIT_MS) != 0)
        ;
}

void watch_sandbox(struct watch *watch)
{
    watch->init_pidfd = -1;
    watch->deadline_ms = boottime_ms() + START_TIMEOUT_MS;
    while (!watch->bwrap_gone && watch->stop == STOP_NONE)
        watch_once(watch);
    if (watch->stop == STOP_CANCEL && !watch->bwrap_gone)
        stop_by_init(watch);
    end_sandbox(watch);
    if (!watch->started)
        look_for_start(watch);
}
