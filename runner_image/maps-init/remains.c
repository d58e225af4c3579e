/* SPDX-License-Identifier: Apache-2.0 */
#include "remains.h"

#include "descendants.h"
#include "instant.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GIVE_UP_MS = 10000, FIRST_PAUSE_MS = 1, LONGEST_PAUSE_MS = 64 };

void remains_adopt(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

bool remains_reap(pid_t script)
{
    for (;;) {
        siginfo_t ended = { .si_pid = 0 };

        if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0)
            return false;
        if (ended.si_pid == script)
            return true;
        (void)waitpid(ended.si_pid, NULL, 0);
    }
}

static void kill_all(pid_t script)
{
    if (getpid() == 1) {
        (void)kill(-1, SIGKILL); /* everything in our PID namespace but ourselves */
        return;
    }
    (void)kill(-script, SIGKILL);
    descendants_kill();
}

/* True when no child is left. */
static bool reap_all(pid_t script, int *script_status)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
        if (pid == script)
            *script_status = status;
    }
    return pid < 0;
}

int remains_end(pid_t script)
{
    int64_t give_up_ms = instant_monotonic_ms() + GIVE_UP_MS;
    int status = SIGKILL; /* what it will be if we cannot wait for it */

    kill_all(script);
    for (int pause_ms = FIRST_PAUSE_MS; !reap_all(script, &status);) {
        if (instant_monotonic_ms() >= give_up_ms)
            break;
        (void)poll(NULL, 0, pause_ms);
        if (pause_ms < LONGEST_PAUSE_MS)
            pause_ms *= 2;
        kill_all(script); /* those that were being forked */
    }
    return status;
}
