/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a container's end, through whatever happens to the engine meanwhile. */
#include "job_run.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    OUR_GRACE_MS = 700,   /* maps-init strikes at the deadline itself; then we do */
    STOP_GRACE_MS = 1500, /* from maps-init's stop signal to SIGKILL */
    KILL_AGAIN_MS = 2000, /* a kill that nobody heard is repeated */
    FIRST_PAUSE_MS = 100, /* between tries to reach the engine */
    LAST_PAUSE_MS = 5000,
    PATIENCE_MS = 600000 /* with an engine that is away, beyond the job's own deadline */
};

/* maps-init's stop signal: everything is killed at once, and the log is completed. */
#define STOP_SIGNAL "SIGPWR"

struct watch {
    struct job_run *run;
    uint64_t deadline_ms; /* monotonic; UINT64_MAX: none */
    uint64_t kill_ms;     /* when the next kill is due; UINT64_MAX: none */
    bool gentle;          /* the next one is the stop signal */
    uint64_t away_since_ms;
    uint64_t pause_ms;
};

static uint64_t now_ms(void)
{
    return docker_host->now_monotonic_ms();
}

static int64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t deadline_of(const struct job_run *run, int64_t started_ms)
{
    int64_t gone_ms = started_ms == 0 ? 0 : wall_ms() - started_ms;
    uint64_t left_ms = run->job->timeout_ms;

    if (left_ms == 0)
        return UINT64_MAX;
    /* Clocks of two machines may differ: never less than nothing, never more than all of it. */
    if (gone_ms > 0)
        left_ms = (uint64_t)gone_ms < left_ms ? left_ms - (uint64_t)gone_ms : 0;
    return now_ms() + left_ms + OUR_GRACE_MS;
}

/* Decides whether it is time to kill, and says when to look again. */
static uint64_t next_look_ms(struct watch *watch)
{
    uint64_t now = now_ms();

    if (watch->run->stop == STOP_NONE) {
        if (docker_host->is_cancelled(watch->run->run))
            watch->run->stop = STOP_CANCEL;
        else if (now >= watch->deadline_ms)
            watch->run->stop = STOP_DEADLINE;
        if (watch->run->stop != STOP_NONE) {
            watch->kill_ms = now;
            watch->gentle = true;
        }
    }
    return watch->run->stop == STOP_NONE ? watch->deadline_ms : watch->kill_ms;
}

static void kill_if_due(struct watch *watch)
{
    struct fault unheard;

    if (watch->run->stop == STOP_NONE || now_ms() < watch->kill_ms)
        return;
    (void)container_kill(watch->run->instance->engine, watch->run->container,
                         watch->gentle ? STOP_SIGNAL : NULL, &unheard);
    watch->kill_ms = now_ms() + (watch->gentle ? STOP_GRACE_MS : KILL_AGAIN_MS);
    watch->gentle = false;
}

/* Before an engine that is away is asked again. */
static void pause_for(struct watch *watch)
{
    struct timespec pause = { .tv_sec = (time_t)(watch->pause_ms / 1000),
                              .tv_nsec = (long)(watch->pause_ms % 1000) * 1000000 };

    (void)nanosleep(&pause, NULL);
    watch->pause_ms =
        watch->pause_ms * 2 < LAST_PAUSE_MS ? watch->pause_ms * 2 : (uint64_t)LAST_PAUSE_MS;
}

/* An answer that says nothing about the container: is the engine still worth waiting for? */
static int engine_away(struct watch *watch, int rc)
{
    uint64_t now = now_ms();

    if (watch->away_since_ms == 0)
        watch->away_since_ms = now;
    uint64_t patient_until =
        watch->deadline_ms == UINT64_MAX || watch->deadline_ms < watch->away_since_ms
            ? watch->away_since_ms
            : watch->deadline_ms;

    if (now > patient_until + PATIENCE_MS)
        return rc;
    pause_for(watch);
    return 0;
}

/* One look: > 0 to go on; 0 when it has ended; -ESRCH; or another negative errno to give up. */
static int look(struct watch *watch, struct fault *fault)
{
    struct job_run *run = watch->run;
    uint64_t look_ms = next_look_ms(watch);

    kill_if_due(watch);
    look_ms = run->stop != STOP_NONE ? watch->kill_ms : look_ms;
    uint64_t now = now_ms();
    uint64_t timeout = look_ms == UINT64_MAX ? 0 : look_ms > now ? look_ms - now : 1;
    int rc = container_wait(run->instance->engine, run->container, timeout, run->waker, fault);

    if (rc == CONTAINER_DONE)
        return 0;
    if (rc == CONTAINER_ABSENT)
        return -ESRCH;
    if (rc == -EINTR)
        http_waker_reset(run->waker);
    if (rc == -EINTR || (rc == -ETIMEDOUT && now_ms() + 1 >= look_ms)) {
        watch->away_since_ms = 0;
        watch->pause_ms = FIRST_PAUSE_MS;
        return 1;
    }
    rc = engine_away(watch, rc < 0 ? rc : -EPROTO);
    return rc == 0 ? 1 : rc;
}

/* wait() has been seen to answer when the engine shuts down: it is the container's own state
 * that counts. */
static int confirm(struct watch *watch, struct fault *fault)
{
    struct container_state state;
    struct job_run *run = watch->run;
    int rc = container_inspect(run->instance->engine, run->container, run->instance->owner, &state,
                               fault);

    if (rc == CONTAINER_DONE)
        return state.running ? 1 : 0;
    if (rc == CONTAINER_ABSENT)
        return -ESRCH;
    rc = engine_away(watch, rc < 0 ? rc : -EPROTO);
    return rc == 0 ? 1 : rc;
}

int follow(struct job_run *run, int64_t started_ms, struct fault *fault)
{
    struct watch watch = { .run = run,
                           .deadline_ms = deadline_of(run, started_ms),
                           .kill_ms = UINT64_MAX,
                           .pause_ms = FIRST_PAUSE_MS };
    int rc;

    do {
        rc = look(&watch, fault);
        if (rc == 0)
            rc = confirm(&watch, fault);
    } while (rc > 0);
    return rc;
}
