/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that somebody waits for or follows: one watch for each job, however many look. */
#ifndef MAPS_HOST_HTTP_WATCH_H
#define MAPS_HOST_HTTP_WATCH_H

#include "http/exchange.h"

struct watch {
    struct watch *next;
    char job_id[JOB_ID_BYTES];
    char *log_path;
    size_t users, followers;
    int64_t log_bytes; /* at the last look */
    uint64_t growth;   /* how often it was seen to grow */
    bool ended;        /* the job is terminal */
};

/* Call it before looking the job up, so that its end cannot slip through.  False: out of
 * memory. */
bool watch_join(struct exchange *ex, const char *job_id, bool follow);
/* Notes what the exchange is about to see. */
bool watch_mark(struct exchange *ex); /* true: the job has ended */

/* With the lock held: */
void watch_leave(struct exchange *ex);
/* Has the job ended, or its log grown since the mark? */
bool watch_has_news(const struct exchange *ex);
void watch_job_ended(struct http_server *server, const char *job_id);

/* Without the lock: looks at the followed logs, wakes followers of those that grew.  True if
 * there are any. */
bool watch_look_at_logs(struct http_server *server);

#endif
