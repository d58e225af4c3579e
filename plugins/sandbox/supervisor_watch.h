/* SPDX-License-Identifier: Apache-2.0 */
/* Watches one sandbox from its start until nothing of it is left. */
#ifndef MAPS_SANDBOX_SUPERVISOR_WATCH_H
#define MAPS_SANDBOX_SUPERVISOR_WATCH_H

#include "order.h"
#include "sandbox_start.h"
#include "verdict.h"

#include <stdbool.h>

/* Sent by the plugin to cancel the job.  Other ends of the supervisor (SIGTERM) are not the
 * host's wish. */
#define SUPERVISOR_CANCEL_SIGNAL SIGUSR1

struct watch {
    const struct order *order;
    int runtime_fd, control_fd, signal_fd;
    struct sandbox sandbox;
    int init_pidfd; /* PID 1 of the sandbox; -1: not known yet */
    bool bwrap_gone;
    bool started;          /* maps-init's start marker is there, or that cannot be told */
    long long deadline_ms; /* boot time; of the start, then of the script; 0: none */
    enum stop_cause stop;
};

/* Blocks the signals that watching needs and returns a signalfd for them, or -errno. */
int watch_signals(void);
/* Returns when every process of the sandbox is gone. */
void watch_sandbox(struct watch *watch);

#endif
