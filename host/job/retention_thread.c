/* SPDX-License-Identifier: Apache-2.0 */
/* When retention is due: soon after a job has ended, and when the oldest becomes too old. */
#include "base/clock.h"
#include "base/log.h"
#include "job/jobs_rooms.h"
#include "job/retention.h"

enum {
    SPACING_MS = 1000,   /* jobs that end together are looked at together */
    RETRY_MS = 10000,    /* the same after a failure */
    PATIENCE_MS = 60000, /* settings, the clock and engines that were away may have changed */
};

void retention_soon_locked(struct jobs *jobs)
{
    jobs->retention_due = true;
    (void)pthread_cond_signal(&jobs->retention_wake);
}

void retention_soon(struct jobs *jobs)
{
    jobs_lock(jobs);
    retention_soon_locked(jobs);
    jobs_unlock(jobs);
}

/* Says once that jobs cannot be forgotten, and once that they can again. */
static void tell(struct error *err, bool *failing)
{
    if (err != NULL && !*failing)
        log_warning("jobs that are over the limits of retention cannot be forgotten, and will be "
                    "later: %s",
                    err->message);
    else if (err == NULL && *failing)
        log_info("all jobs that are over the limits of retention are forgotten again");
    *failing = err != NULL;
    error_free(err);
}

/* One pass; how long the next one may wait. */
static int64_t look(struct jobs *jobs, bool *failing)
{
    SETTINGS_AUTO settings = current_settings(jobs->settings);
    const struct retention_limits limits = { .max_age_ms = settings->retention_max_age_ms };
    int64_t oldest_ms;

    tell(retention_pass(jobs, settings, &oldest_ms), failing);
    if (oldest_ms == INT64_MAX)
        return PATIENCE_MS;
    int64_t left_ms = retention_left_ms(&limits, clock_wall_ms(), oldest_ms);
    return left_ms < PATIENCE_MS ? left_ms : PATIENCE_MS;
}

static void wait_locked(struct jobs *jobs, int64_t spacing_ms, int64_t patience_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t soon_ms = now_ms + spacing_ms;
    int64_t late_ms = now_ms + (patience_ms > spacing_ms ? patience_ms : spacing_ms);

    while (!jobs->stopping) {
        int64_t due_ms = jobs->retention_due ? soon_ms : late_ms;
        if (clock_monotonic_ms() >= due_ms)
            break;
        jobs_wait_until(jobs, &jobs->retention_wake, due_ms);
    }
}

void *retention_thread(void *arg)
{
    struct jobs *jobs = arg;
    bool failing = false;

    jobs_lock(jobs);
    while (!jobs->stopping) {
        jobs->retention_due = false;
        jobs_unlock(jobs);
        int64_t patience_ms = look(jobs, &failing);
        jobs_lock(jobs);
        wait_locked(jobs, failing ? RETRY_MS : SPACING_MS, patience_ms);
    }
    jobs_unlock(jobs);
    return NULL;
}
