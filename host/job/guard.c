/* SPDX-License-Identifier: Apache-2.0 */
/* The output guard: no engine puts a quota on a folder that we share with it, so the host
 * looks at every running job's output folder and log file, and stops who is over the limit.
 * It also notices plugins that should long have ended a run. */
#include "base/clock.h"
#include "base/log.h"
#include "job/jobs_rooms.h"
#include "job/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TICK_MS = 200,
    OVERDUE_MS = 60000,
    COST_FACTOR = 20,          /* looking may take 1/20 of the time at most */
    LOG_SLACK_BYTES = 4 << 20, /* frame headers and damage on top of the output limit */
};

struct suspect {
    char job_id[JOB_ID_BYTES];
    struct maps_limits limits;
    uint64_t max_entries;
    int64_t cost_ms;
    char verdict[160]; /* "" : within its limits */
};

/* The running jobs whose turn it is; NULL if none. */
static struct suspect *due_suspects(struct jobs *jobs, int64_t now_ms, size_t *count)
{
    struct suspect *suspects = calloc(jobs->live_count + 1, sizeof(*suspects));

    *count = 0;
    for (struct live *live = jobs->live; suspects != NULL && live != NULL; live = live->next) {
        if (live->run == NULL || live->check_ms > now_ms)
            continue;
        struct suspect *suspect = &suspects[(*count)++];
        (void)snprintf(suspect->job_id, sizeof(suspect->job_id), "%s", live->job_id);
        suspect->limits = live->limits;
        suspect->max_entries = live->max_entries;
    }
    return suspects;
}

static void look_at_output(const struct jobs *jobs, struct suspect *suspect)
{
    uint64_t max_entries = suspect->max_entries;
    uint64_t max_bytes = suspect->limits.disk_bytes;
    struct tree_usage usage;
    int fd = folder_open_output(jobs->folders, suspect->job_id);
    int result = fd < 0 ? fd : tree_measure(fd, max_bytes, max_entries, &usage);

    if (fd >= 0)
        (void)close(fd);
    if (result == -ELOOP)
        (void)snprintf(suspect->verdict, sizeof(suspect->verdict),
                       "The output folder is nested deeper than %d levels.", TREE_MAX_DEPTH);
    else if (result == 0 && max_bytes != 0 && usage.bytes > max_bytes)
        (void)snprintf(suspect->verdict, sizeof(suspect->verdict),
                       "The output folder holds more than disk_bytes = %llu bytes.",
                       (unsigned long long)max_bytes);
    else if (result == 0 && max_entries != 0 && usage.entries > max_entries)
        (void)snprintf(suspect->verdict, sizeof(suspect->verdict),
                       "The output folder holds more than %llu files.",
                       (unsigned long long)max_entries);
}

/* maps-init keeps the cap exactly; this is for a script that writes to the file itself. */
static void look_at_log(const struct jobs *jobs, struct suspect *suspect)
{
    uint64_t limit = suspect->limits.output_bytes;
    char *path = jobs_log_path(jobs, suspect->job_id);
    struct stat st;

    /* a frame of one byte has a header of 16 */
    if (limit != 0 && path != NULL && lstat(path, &st) == 0 &&
        (uint64_t)st.st_blocks * 512u > limit * 17u + LOG_SLACK_BYTES)
        (void)snprintf(suspect->verdict, sizeof(suspect->verdict),
                       "The log file is larger than output_bytes = %llu can make it.",
                       (unsigned long long)limit);
    free(path);
}

static void look(const struct jobs *jobs, struct suspect *suspect)
{
    int64_t before = clock_monotonic_ms();

    look_at_output(jobs, suspect);
    if (suspect->verdict[0] == '\0')
        look_at_log(jobs, suspect);
    suspect->cost_ms = clock_monotonic_ms() - before;
}

static void judge_locked(struct jobs *jobs, const struct suspect *suspect, int64_t now_ms)
{
    struct live *live = live_find_locked(jobs, suspect->job_id);

    if (live == NULL)
        return;
    live->check_ms =
        now_ms +
        (suspect->cost_ms * COST_FACTOR > TICK_MS ? suspect->cost_ms * COST_FACTOR : TICK_MS);
    if (suspect->verdict[0] != '\0')
        live_stop_locked(jobs, live, STOP_OUTPUT_LIMIT, suspect->verdict);
}

static void warn_overdue_locked(struct jobs *jobs, struct live *live, int64_t now_ms)
{
    if (live->overdue_ms == 0 || live->overdue_ms > now_ms || live->run == NULL)
        return;
    log_line(LOG_LEVEL_ERROR, live->job_id, NULL,
             "the runtime should have ended this job a minute ago; asking it to stop");
    live->overdue_ms = now_ms + OVERDUE_MS;
    live_stop_locked(jobs, live, STOP_CANCEL, NULL);
}

static void look_after_runs_locked(struct jobs *jobs, int64_t now_ms)
{
    for (struct live *live = jobs->live; live != NULL; live = live->next) {
        warn_overdue_locked(jobs, live, now_ms);
        if (live->cancel_due)
            live_deliver_cancel_locked(jobs, live);
    }
}

void *guard_thread(void *arg)
{
    struct jobs *jobs = arg;

    jobs_lock(jobs);
    while (!jobs->stopping) {
        size_t count;
        struct suspect *suspects = due_suspects(jobs, clock_monotonic_ms(), &count);

        jobs_unlock(jobs);
        for (size_t i = 0; i < count; i++)
            look(jobs, &suspects[i]);
        jobs_lock(jobs);
        int64_t now_ms = clock_monotonic_ms();
        for (size_t i = 0; i < count; i++)
            judge_locked(jobs, &suspects[i], now_ms);
        free(suspects);
        look_after_runs_locked(jobs, now_ms);
        if (!jobs->stopping) /* it was unlocked since the loop looked */
            jobs_wait_until(jobs, &jobs->guard_wake,
                            jobs->live_count == 0 ? INT64_MAX : now_ms + TICK_MS);
    }
    jobs_unlock(jobs);
    return NULL;
}
