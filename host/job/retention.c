/* SPDX-License-Identifier: Apache-2.0 */
#include "job/retention.h"

const char *retention_cause_name(enum retention_cause cause)
{
    switch (cause) {
    case RETENTION_AGE:
        return "age";
    case RETENTION_COUNT:
        return "count";
    case RETENTION_BYTES:
        break;
    }
    return "bytes";
}

int64_t retention_left_ms(const struct retention_limits *limits, int64_t now_ms, int64_t ended_ms)
{
    int64_t age_ms = now_ms - ended_ms;

    if (limits->max_age_ms == 0)
        return INT64_MAX;
    if (age_ms < 0) /* the clock was set back since */
        age_ms = 0;
    if ((uint64_t)age_ms > limits->max_age_ms)
        return 0;
    return (int64_t)(limits->max_age_ms - (uint64_t)age_ms) + 1;
}

/* True if the oldest of `kept` goes. */
static bool is_over(const struct retention_limits *limits, const struct store_kept *kept,
                    int64_t now_ms, int64_t ended_ms, enum retention_cause *cause)
{
    if (retention_left_ms(limits, now_ms, ended_ms) == 0)
        *cause = RETENTION_AGE;
    else if (limits->max_jobs != 0 && kept->jobs > limits->max_jobs)
        *cause = RETENTION_COUNT;
    else if (limits->max_bytes != 0 && kept->bytes > limits->max_bytes)
        *cause = RETENTION_BYTES;
    else
        return false;
    return true;
}

static uint64_t less(uint64_t from, uint64_t taken)
{
    return from > taken ? from - taken : 0;
}

struct store_kept retention_without(struct store_kept kept, const struct store_kept *part)
{
    return (struct store_kept){ less(kept.jobs, part->jobs), less(kept.bytes, part->bytes) };
}

struct store_kept retention_one(const struct job_record *job)
{
    return (struct store_kept){ 1, job->kept_bytes > 0 ? (uint64_t)job->kept_bytes : 0 };
}

size_t retention_choose(const struct retention_limits *limits, int64_t now_ms,
                        struct store_kept kept, struct job_record *const *jobs, size_t count,
                        enum retention_cause *causes)
{
    size_t chosen = 0;

    while (chosen < count &&
           is_over(limits, &kept, now_ms, jobs[chosen]->finished_ms, &causes[chosen])) {
        struct store_kept gone = retention_one(jobs[chosen++]);
        kept = retention_without(kept, &gone);
    }
    return chosen;
}
