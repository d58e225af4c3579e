/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves one stream of the script: from its pipe into the output (the log), and then
 * through to our own stdout or stderr, without ever blocking.
 *
 * A reader of ours that does not read holds up the script like any full pipe.  But if
 * there is a log, the pass-through is only a copy, and waits no longer than the
 * relay's patience: then what is not taken at once is dropped and counted.
 */
#ifndef MAPS_INIT_RELAY_H
#define MAPS_INIT_RELAY_H

#include "output.h"
#include "protocol.h"

#include <poll.h>

struct relay {
    int source; /* -1: at its end */
    int sink;   /* -1: no pass-through (any more) */
    int stream;
    int64_t patience_ms;    /* INSTANT_NEVER: wait for as long as it takes */
    int64_t stuck_since_ms; /* INSTANT_NEVER: the sink takes what it gets */
    bool impatient;         /* patience has run out before */
    size_t pending, passed; /* bytes in the buffer, and how many of them are through */
    uint64_t lost_bytes;
    unsigned char buffer[MAPS_FRAME_MAX_BYTES];
};

void relay_init(struct relay *relay, int stream, int source, int sink, int64_t patience_ms);

/* What to poll for, and when to call relay_step() in any case. */
struct pollfd relay_poll(const struct relay *relay);
int64_t relay_deadline_ms(const struct relay *relay);

/* Does what can be done now. */
void relay_step(struct relay *relay, struct output *output, int64_t now_ms);

/* Empties the pipe, whoever may still hold its other end, and the buffer; waits for the
 * sink until deadline_ms at most. */
void relay_drain(struct relay *relay, struct output *output, int64_t deadline_ms);

#endif
