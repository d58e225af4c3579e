/* SPDX-License-Identifier: Apache-2.0 */
/* Which process it was: a pid together with its start time and the boot it belongs to, so
 * that a later process with the same pid is never taken for it. */
#ifndef MAPS_SANDBOX_IDENTITY_H
#define MAPS_SANDBOX_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IDENTITY_SUPERVISOR "supervisor" /* file names in the runtime folder */
#define IDENTITY_INIT "init"             /* PID 1 of the sandbox, as the host sees it */

struct identity {
    uint32_t attempt;
    pid_t pid;
    uint64_t start_ticks; /* field 22 of /proc/<pid>/stat */
    char boot_id[40];
};

/* Field 22 of a /proc/<pid>/stat; false if the text is not one. */
bool identity_parse_stat(const char *stat, uint64_t *start_ticks);
/* Cuts text up. */
bool identity_parse(char *text, size_t length, struct identity *identity);

/* Writes the identity of a process.  It means something only until the next boot, so the
 * page cache is durable enough.  0 or -errno. */
int identity_write(int runtime_fd, const char *name, uint32_t attempt, pid_t pid);
/* A pidfd of the recorded process; -ESRCH if it is gone (or was of another attempt or
 * boot), -ENOENT if none was recorded, else -errno. */
int identity_open(int runtime_fd, const char *name, uint32_t attempt);

int pidfd_of(pid_t pid);               /* or -errno */
int pidfd_kill(int pidfd, int signal); /* 0 or -errno */
/* Waits up to timeout_ms (-1: for ever); true once the process is gone. */
bool pidfd_wait(int pidfd, int timeout_ms);

#endif
