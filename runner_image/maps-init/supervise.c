/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise.h"

#include "instant.h"
#include "protocol.h"
#include "quota.h"
#include "relay.h"
#include "remains.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    COPY_PATIENCE_MS = 5000, /* with a log the pass-through is only a copy */
    FLUSH_MS = 60000         /* without one it is all there is */
};

enum { RELAY_STDOUT, RELAY_STDERR, RELAYS };

struct supervision {
    const struct script *script;
    struct output *output;
    int signal_fd;
    int64_t deadline_ms;  /* of the job */
    int64_t grace_end_ms; /* after a request to terminate */
    struct quota quota;
    struct sentence *excess; /* what the quota had to say */
    enum cause planned;
    int terminate_signal;
    bool script_ended;
    struct relay relays[RELAYS];
};

static const int passed_on[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1,
                                 SIGUSR2, SIGTERM, SIGCONT, SIGWINCH };

bool supervise_prepare(int *signal_fd, struct sentence *why)
{
    sigset_t set;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a full log is an error code, not our death */
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, MAPS_INIT_STOP_SIGNAL);
    for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
        (void)sigaddset(&set, passed_on[i]);
    if (sigprocmask(SIG_SETMASK, &set, NULL) == 0)
        *signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    else
        *signal_fd = -1;
    if (*signal_fd < 0)
        return sentence_set(why, "Signals cannot be received: %s.", strerror(errno));
    return true;
}

static void pass_signal_on(struct supervision *run, int signal, int64_t now_ms)
{
    (void)kill(-run->script->pid, signal);
    if ((signal == SIGTERM || signal == SIGINT) && run->planned == CAUSE_EXITED) {
        run->planned = CAUSE_TERMINATED;
        run->terminate_signal = signal;
        run->grace_end_ms = now_ms + MAPS_INIT_TERMINATE_GRACE_MS;
    }
}

/* The grace is over before it began. */
static void stop_now(struct supervision *run, int64_t now_ms)
{
    if (run->planned == CAUSE_EXITED)
        run->planned = CAUSE_TERMINATED;
    run->terminate_signal = SIGKILL;
    run->grace_end_ms = now_ms;
}

/* As PID 1, whoever is outside of our namespace has no pid in it.  The script may not stop
 * itself through us: it would look as if somebody outside had. */
static bool comes_from_inside(const struct signalfd_siginfo *info)
{
    return getpid() == 1 && info->ssi_pid != 0;
}

static void take_signals(struct supervision *run, int64_t now_ms)
{
    struct signalfd_siginfo info;

    while (read(run->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD)
            run->script_ended = remains_reap(run->script->pid);
        else if (comes_from_inside(&info))
            continue;
        else if (info.ssi_signo == MAPS_INIT_STOP_SIGNAL)
            stop_now(run, now_ms);
        else
            pass_signal_on(run, (int)info.ssi_signo, now_ms);
    }
}

/* Sleeps until there is something to do. */
static void wait_for_work(const struct supervision *run)
{
    struct pollfd fds[1 + RELAYS] = { { .fd = run->signal_fd, .events = POLLIN } };
    int64_t wake_ms = instant_earlier(run->deadline_ms, run->grace_end_ms);

    wake_ms = instant_earlier(wake_ms, run->quota.next_look_ms);
    for (int i = 0; i < RELAYS; i++) {
        fds[1 + i] = relay_poll(&run->relays[i]);
        wake_ms = instant_earlier(wake_ms, relay_deadline_ms(&run->relays[i]));
    }
    (void)poll(fds, 1 + RELAYS, instant_poll_timeout(wake_ms, instant_monotonic_ms()));
}

static bool has_passed(int64_t deadline_ms, int64_t now_ms)
{
    return deadline_ms != INSTANT_NEVER && now_ms >= deadline_ms;
}

/* True if the script must be killed now. */
static bool must_end(struct supervision *run, int64_t now_ms)
{
    enum cause cause = CAUSE_EXITED;

    if (run->output->over_cap)
        cause = CAUSE_OUTPUT_LIMIT;
    else if (has_passed(run->deadline_ms, now_ms))
        cause = CAUSE_TIMEOUT;
    else if (quota_exceeded(&run->quota, now_ms, run->excess))
        cause = CAUSE_OUTPUT_LIMIT;
    if (run->planned == CAUSE_EXITED)
        run->planned = cause;
    return cause != CAUSE_EXITED || has_passed(run->grace_end_ms, now_ms);
}

static void watch(struct supervision *run)
{
    for (;;) {
        wait_for_work(run);
        int64_t now_ms = instant_monotonic_ms();

        take_signals(run, now_ms);
        if (run->script_ended)
            return;
        for (int i = 0; i < RELAYS; i++)
            relay_step(&run->relays[i], run->output, now_ms);
        if (must_end(run, now_ms))
            return;
    }
}

/* The writers are gone: what the pipes hold is all that comes. */
static void drain(struct supervision *run)
{
    int64_t deadline_ms = instant_monotonic_ms() + FLUSH_MS;

    for (int i = 0; i < RELAYS; i++)
        relay_drain(&run->relays[i], run->output, deadline_ms);
    if (run->output->over_cap && run->planned == CAUSE_EXITED)
        run->planned = CAUSE_OUTPUT_LIMIT;
}

static void start(struct supervision *run, const struct spec *spec)
{
    int64_t patience_ms = run->output->log_fd >= 0 ? COPY_PATIENCE_MS : INSTANT_NEVER;

    quota_init(&run->quota, spec->cwd, spec->disk_bytes, instant_monotonic_ms());
    run->deadline_ms = run->grace_end_ms = INSTANT_NEVER;
    if (spec->timeout_ms > 0)
        run->deadline_ms = instant_monotonic_ms() + (int64_t)spec->timeout_ms;
    relay_init(&run->relays[RELAY_STDOUT], 1, run->script->stdout_fd,
               spec->passthrough ? STDOUT_FILENO : -1, patience_ms);
    relay_init(&run->relays[RELAY_STDERR], 2, run->script->stderr_fd,
               spec->passthrough ? STDERR_FILENO : -1, patience_ms);
}

void supervise(const struct spec *spec, const struct script *script, int signal_fd,
               struct output *output, struct exit_record *record)
{
    static struct supervision run; /* its buffers are too large for the stack */

    run.script = script;
    run.output = output;
    run.signal_fd = signal_fd;
    run.planned = CAUSE_EXITED;
    run.excess = &record->error;
    start(&run, spec);
    watch(&run);
    record->wait_status = remains_end(script->pid);
    drain(&run);
    record->cause = exit_record_cause(run.planned, record->wait_status, run.terminate_signal);
    record->log_bytes = output->log_bytes;
    record->log_lost_bytes = output->log_lost_bytes;
    record->log_errno = output->log_errno;
    for (int i = 0; i < RELAYS; i++)
        record->passthrough_lost_bytes += run.relays[i].lost_bytes;
}
