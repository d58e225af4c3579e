/* SPDX-License-Identifier: Apache-2.0 */
/* What maps-init has to say about the end of the script (protocol.h). */
#ifndef MAPS_INIT_EXIT_RECORD_H
#define MAPS_INIT_EXIT_RECORD_H

#include "sentence.h"

#include <stddef.h>
#include <stdint.h>

enum cause {
    CAUSE_EXITED,
    CAUSE_TIMEOUT,
    CAUSE_OUTPUT_LIMIT,
    CAUSE_TERMINATED,
    CAUSE_START_FAILED
};

enum { EXIT_RECORD_BYTES = 1024 };

struct exit_record {
    uint32_t attempt;
    int wait_status; /* raw; -1 if the script was not started */
    enum cause cause;
    struct sentence error; /* with CAUSE_START_FAILED; with CAUSE_OUTPUT_LIMIT if it is the
                              output folder's, otherwise "" */
    int64_t oom_kills;     /* -1: unknown */
    uint64_t log_bytes, log_lost_bytes;
    int log_errno; /* why some were lost; 0: none were */
    uint64_t passthrough_lost_bytes;
    int64_t started_ms, ended_ms; /* wall clock; 0: unknown */
};

/* What the end of the script means, given what was done to it.  `planned` is what
 * maps-init was about when it ended; `signal`: the SIGTERM or SIGINT passed on, or 0. */
enum cause exit_record_cause(enum cause planned, int wait_status, int signal);

/* Returns the length; always fits. */
size_t exit_record_format(const struct exit_record *record, char text[static EXIT_RECORD_BYTES]);
int exit_record_exit_code(const struct exit_record *record);

#endif
