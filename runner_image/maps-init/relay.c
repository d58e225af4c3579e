/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"

#include "instant.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

void relay_init(struct relay *relay, int stream, int source, int sink, int64_t patience_ms)
{
    relay->source = source;
    relay->sink = sink;
    relay->stream = stream;
    relay->patience_ms = patience_ms;
    relay->stuck_since_ms = INSTANT_NEVER;
    relay->impatient = false;
    relay->pending = relay->passed = 0;
    relay->lost_bytes = 0;
}

struct pollfd relay_poll(const struct relay *relay)
{
    if (relay->pending > 0)
        return (struct pollfd){ .fd = relay->sink, .events = POLLOUT };
    return (struct pollfd){ .fd = relay->source, .events = POLLIN };
}

int64_t relay_deadline_ms(const struct relay *relay)
{
    if (relay->stuck_since_ms == INSTANT_NEVER || relay->patience_ms == INSTANT_NEVER)
        return INSTANT_NEVER;
    return relay->stuck_since_ms + relay->patience_ms;
}

static void drop_pending(struct relay *relay)
{
    relay->lost_bytes += relay->pending - relay->passed;
    relay->pending = relay->passed = 0;
    relay->stuck_since_ms = INSTANT_NEVER;
}

/* A pipe that polls writable has room for PIPE_BUF bytes.  O_NONBLOCK would do, too,
 * but it is shared with whoever else holds that end, a shell say. */
static ssize_t pass_some(const struct relay *relay)
{
    struct pollfd poll_sink = { .fd = relay->sink, .events = POLLOUT };
    size_t left = relay->pending - relay->passed;

    if (poll(&poll_sink, 1, 0) <= 0 || (poll_sink.revents & POLLOUT) == 0) {
        errno = (poll_sink.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 ? EPIPE : EAGAIN;
        return -1;
    }
    return write(relay->sink, relay->buffer + relay->passed, left < PIPE_BUF ? left : PIPE_BUF);
}

static void pass_on(struct relay *relay, int64_t now_ms)
{
    while (relay->passed < relay->pending) {
        ssize_t n = pass_some(relay);

        if (n > 0) {
            relay->passed += (size_t)n;
            relay->stuck_since_ms = INSTANT_NEVER;
            relay->impatient = false;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN) { /* nobody reads it any more */
            drop_pending(relay);
            relay->sink = -1;
            return;
        }
        if (relay->stuck_since_ms == INSTANT_NEVER)
            relay->stuck_since_ms = now_ms;
        if (relay->patience_ms != INSTANT_NEVER &&
            (relay->impatient || now_ms - relay->stuck_since_ms >= relay->patience_ms)) {
            relay->impatient = true;
            drop_pending(relay);
        }
        return;
    }
    relay->pending = relay->passed = 0;
}

/* False if there is nothing to read now. */
static bool take_in(struct relay *relay, struct output *output)
{
    ssize_t n;

    if (relay->source < 0)
        return false;
    do {
        n = read(relay->source, relay->buffer, sizeof(relay->buffer));
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        size_t accepted = output_accept(output, relay->stream, relay->buffer, (size_t)n);

        relay->pending = relay->sink < 0 ? 0 : accepted;
        return true;
    }
    if (n == 0 || errno != EAGAIN) {
        (void)close(relay->source);
        relay->source = -1;
    }
    return false;
}

void relay_step(struct relay *relay, struct output *output, int64_t now_ms)
{
    if (relay->pending == 0)
        (void)take_in(relay, output);
    pass_on(relay, now_ms);
}

void relay_drain(struct relay *relay, struct output *output, int64_t deadline_ms)
{
    for (;;) {
        int64_t now_ms = instant_monotonic_ms();
        bool late = now_ms >= deadline_ms;

        if (relay->pending == 0 && (late || !take_in(relay, output)))
            return;
        if (late)
            relay->patience_ms = 0;
        pass_on(relay, now_ms);
        if (relay->pending == 0)
            continue;
        struct pollfd poll_sink = relay_poll(relay);

        int64_t wake_ms = instant_earlier(deadline_ms, relay_deadline_ms(relay));
        (void)poll(&poll_sink, 1, instant_poll_timeout(wake_ms, now_ms));
    }
}
