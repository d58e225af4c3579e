/* SPDX-License-Identifier: Apache-2.0 */
#include "job/jobs_rooms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct live *live_find_locked(struct jobs *jobs, const char *job_id)
{
    for (struct live *live = jobs->live; live != NULL; live = live->next)
        if (strcmp(live->job_id, job_id) == 0)
            return live;
    return NULL;
}

struct live *live_add(struct jobs *jobs, const char *job_id)
{
    struct live *live = calloc(1, sizeof(*live));

    if (live == NULL)
        return NULL;
    (void)snprintf(live->job_id, sizeof(live->job_id), "%s", job_id);
    jobs_lock(jobs);
    if (live_find_locked(jobs, job_id) != NULL) {
        jobs_unlock(jobs);
        free(live);
        return NULL;
    }
    live->next = jobs->live;
    jobs->live = live;
    jobs->live_count++;
    jobs_unlock(jobs);
    return live;
}

static void unlink_locked(struct jobs *jobs, const struct live *live)
{
    struct live **link = &jobs->live;

    while (*link != live)
        link = &(*link)->next;
    *link = live->next;
}

/* Counted as long as the room is used: the house may go when nobody is left in it. */
static void leave(struct jobs *jobs)
{
    jobs_lock(jobs);
    jobs->live_count--;
    (void)pthread_cond_broadcast(&jobs->idle);
    (void)pthread_cond_signal(&jobs->wake);
    retention_soon_locked(jobs);
    jobs_unlock(jobs);
}

void live_remove(struct jobs *jobs, struct live *live)
{
    jobs_lock(jobs);
    unlink_locked(jobs, live);
    jobs_unlock(jobs);
    for (struct deleter *next, *deleter = live->deleters; deleter != NULL; deleter = next) {
        next = deleter->next;
        forget_later(jobs, live->job_id, deleter->reply, deleter->context);
        free(deleter);
    }
    free(live->progress);
    free(live->stop_message);
    free(live);
    leave(jobs);
}

struct delivery {
    struct jobs *jobs;
    struct live *live;
    struct maps_run *run;
};

static void *deliver(void *arg)
{
    struct delivery delivery = *(struct delivery *)arg;

    free(arg);
    run_cancel(delivery.run);
    jobs_lock(delivery.jobs);
    delivery.live->delivering--;
    (void)pthread_cond_broadcast(&delivery.jobs->idle);
    jobs_unlock(delivery.jobs);
    return NULL;
}

static bool start_delivery(struct delivery *delivery)
{
    pthread_attr_t attributes;
    pthread_t thread;

    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    bool started = pthread_create(&thread, &attributes, deliver, delivery) == 0;
    (void)pthread_attr_destroy(&attributes);
    return started;
}

void live_deliver_cancel_locked(struct jobs *jobs, struct live *live)
{
    if (live->run == NULL)
        return; /* a plugin looks at is_cancelled() when it gets it */
    struct delivery *delivery = malloc(sizeof(*delivery));
    if (delivery != NULL)
        *delivery = (struct delivery){ jobs, live, live->run };
    live->delivering++;
    live->cancel_due = delivery == NULL || !start_delivery(delivery);
    if (live->cancel_due) {
        live->delivering--;
        free(delivery);
    }
}

void live_stop_locked(struct jobs *jobs, struct live *live, enum stop_cause cause,
                      const char *message)
{
    int none = STOP_NONE;

    if (atomic_compare_exchange_strong(&live->stop, &none, (int)cause) && message != NULL)
        live->stop_message = strdup(message);
    live_deliver_cancel_locked(jobs, live);
}

void live_set_run(struct jobs *jobs, struct live *live, struct maps_run *run)
{
    jobs_lock(jobs);
    live->run = run;
    if (run != NULL)
        (void)pthread_cond_signal(&jobs->guard_wake);
    while (run == NULL && live->delivering > 0)
        jobs_wait_until(jobs, &jobs->idle, INT64_MAX);
    jobs_unlock(jobs);
}
