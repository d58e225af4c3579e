/* SPDX-License-Identifier: Apache-2.0 */
/* How a job ended, as its supervisor leaves it in the runtime folder: lines "key=value". */
#ifndef MAPS_SANDBOX_RESULT_H
#define MAPS_SANDBOX_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESULT_FILE "result"

enum result_cause {
    RESULT_ENDED,        /* the script ended: wait_status is valid */
    RESULT_TIMEOUT,      /* killed at the deadline */
    RESULT_CANCELLED,    /* killed because the host asked */
    RESULT_OUTPUT_LIMIT, /* killed because it wrote too much to stdout and stderr */
    RESULT_OOM,          /* the sandbox itself fell to the memory limit */
    RESULT_NOT_STARTED,  /* the sandbox could not be set up: the script has not run */
    RESULT_UNSTARTABLE,  /* the sandbox is fine, the command in it cannot be executed */
    RESULT_LOST          /* the sandbox was killed from outside */
};

struct result {
    uint32_t attempt;
    enum result_cause cause;
    int wait_status; /* of the script, raw; -1: unknown */
    uint64_t oom_kills;
    char message[512]; /* evidence; "" if there is nothing to say */
};

/* Keeps control characters out of the message; returns the length. */
size_t result_format(const struct result *result, char *text, size_t size);
/* Cuts text up. */
bool result_parse(char *text, size_t length, struct result *result);

/* On disk when it returns.  0 or -errno. */
int result_write(int runtime_fd, const struct result *result);
/* 0; -ENOENT if there is none of that attempt; -errno. */
int result_read(int runtime_fd, uint32_t attempt, struct result *result);

#endif
