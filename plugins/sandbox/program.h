/* SPDX-License-Identifier: Apache-2.0 */
/* Starting programs from a process with threads: spawned, never forked. */
#ifndef MAPS_SANDBOX_PROGRAM_H
#define MAPS_SANDBOX_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

/* Descriptors of the new program; everything else that is not CLOEXEC is inherited. */
struct program_fds {
    int in, out, err; /* -1: /dev/null */
    int socket;       /* becomes ORDER_SOCKET_FD; -1: none */
};

/* With an empty environment, default signals, in a session of its own.  0 or -errno. */
int program_spawn(const char *const *argv, const struct program_fds *fds, pid_t *pid);
/* Waits for the end; the wait status or -errno. */
int program_wait(pid_t pid);

/* Runs a program that is expected to end soon.  What it says on stdout and stderr is cut to
 * fit and ended with NUL.  The wait status; -ETIMEDOUT after killing it; -errno. */
int program_capture(const char *const *argv, int in, int timeout_ms, char *said, size_t size);

#endif
