/* SPDX-License-Identifier: Apache-2.0 */
/* Starts bubblewrap, for a job or for a probe. */
#ifndef MAPS_SANDBOX_SANDBOX_START_H
#define MAPS_SANDBOX_SANDBOX_START_H

#include "fault.h"
#include "order.h"

#include <sys/types.h>

struct sandbox {
    pid_t bwrap;
    int info_fd; /* a pipe: bubblewrap writes the PID of the sandbox's PID 1 */
};

/* 0 or -errno.  What goes wrong after the fork is said in STDERR_FILE. */
int sandbox_start(const struct order *order, int runtime_fd, int control_fd,
                  struct sandbox *sandbox, struct fault *fault);

/* Turns this process into a sandbox in which "true" runs, in the same way as a job's.
 * Returns only if it fails: -errno. */
int sandbox_probe(const struct order *order, struct fault *fault);

#endif
