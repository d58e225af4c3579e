/* SPDX-License-Identifier: Apache-2.0 */
/* How long ended jobs are kept: by age, count and bytes.  Pure policy; retention_pass.c acts. */
#ifndef MAPS_HOST_JOB_RETENTION_H
#define MAPS_HOST_JOB_RETENTION_H

#include "store/store.h"

struct retention_limits { /* 0: no limit */
    uint64_t max_age_ms, max_jobs, max_bytes;
};

enum retention_cause { RETENTION_AGE, RETENTION_COUNT, RETENTION_BYTES };
const char *retention_cause_name(enum retention_cause cause);

/* Jobs that have ended, in the order in which they did; `kept`: all that have, from these on.
 * The first so many go, as many as are returned; why, is in causes[].  A job whose kept_bytes is
 * not known counts as none. */
size_t retention_choose(const struct retention_limits *limits, int64_t now_ms,
                        struct store_kept kept, struct job_record *const *jobs, size_t count,
                        enum retention_cause *causes);

/* What one job keeps; what is kept without a part of it. */
struct store_kept retention_one(const struct job_record *job);
struct store_kept retention_without(struct store_kept kept, const struct store_kept *part);

/* Milliseconds until a job that ended then is too old; at least 0, INT64_MAX: never. */
int64_t retention_left_ms(const struct retention_limits *limits, int64_t now_ms, int64_t ended_ms);

#endif
