/* SPDX-License-Identifier: Apache-2.0 */
#include "http/sweeper.h"

#include "base/clock.h"
#include "http/watch.h"

#include <signal.h>
#include <time.h>

enum { TICK_MS = 200, FOLLOW_TICK_MS = 75, HANG_UP_LOOK_MS = 1000 };

/* Waits with the lock held: a tick, or without end while nobody is connected. */
static void wait_for_tick(struct http_server *server, int64_t until_ms)
{
    struct timespec until = { .tv_sec = (time_t)(until_ms / 1000),
                              .tv_nsec = (long)(until_ms % 1000) * 1000000L };

    while (!server->sweeper_ends && server->clients == NULL)
        pthread_cond_wait(&server->sweeper_wake, &server->lock);
    while (!server->sweeper_ends &&
           pthread_cond_timedwait(&server->sweeper_wake, &server->lock, &until) == 0) {
    }
}

static void *sweep(void *context)
{
    struct http_server *server = context;
    int64_t look_ms = 0, tick_ms = TICK_MS;

    pthread_mutex_lock(&server->lock);
    while (!server->sweeper_ends) {
        wait_for_tick(server, clock_monotonic_ms() + tick_ms);
        int64_t now_ms = clock_monotonic_ms();
        bool look = now_ms >= look_ms;

        if (look) {
            look_ms = now_ms + HANG_UP_LOOK_MS;
            clients_cut_gone(server);
        }
        clients_cut_late(server, now_ms);
        exchanges_sweep(server, now_ms, look);
        pthread_mutex_unlock(&server->lock);
        tick_ms = watch_look_at_logs(server) ? FOLLOW_TICK_MS : TICK_MS;
        pthread_mutex_lock(&server->lock);
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

struct error *sweeper_start(struct http_server *server)
{
    sigset_t all, old;

    /* Signals are for the main thread. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int failure = pthread_create(&server->sweeper, NULL, sweep, server);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failure == 0 ? NULL : error_errno(failure, "Cannot start the HTTP server's timer");
}

void sweeper_stop(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->sweeper_ends = true;
    pthread_cond_signal(&server->sweeper_wake);
    pthread_mutex_unlock(&server->lock);
    (void)pthread_join(server->sweeper, NULL);
}
