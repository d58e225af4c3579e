/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the jobs room: what its files share.  Not for other rooms. */
#ifndef MAPS_HOST_JOB_JOBS_ROOMS_H
#define MAPS_HOST_JOB_JOBS_ROOMS_H

#include "job/folder.h"
#include "job/jobs.h"
#include "job/queue.h"
#include "job/runtimes.h"
#include "job/task_pool.h"

#include <pthread.h>
#include <stdatomic.h>

/* As maps_runtime.h promises to plugins. */
enum { WORKER_STACK_BYTES = 256 * 1024 };

/* Why the host wants a run to stop; the first cause stays. */
enum stop_cause { STOP_NONE, STOP_CANCEL, STOP_OUTPUT_LIMIT };

/* Someone who waits to delete a job when its worker is done with it. */
struct deleter {
    struct deleter *next;
    jobs_done_fn reply;
    void *context;
};

/* A job that a worker has in hand.  Lives in jobs->live; fields are under jobs->lock unless
 * they say otherwise. */
struct live {
    struct live *next;
    char job_id[JOB_ID_BYTES];
    atomic_int stop;      /* enum stop_cause; any thread */
    char *stop_message;   /* evidence for STOP_OUTPUT_LIMIT */
    struct maps_run *run; /* NULL unless a plugin has it */
    unsigned delivering;  /* threads that pass a cancel on to the plugin */
    bool cancel_due;      /* no thread could be had for that: the guard tries again */
    char *progress;
    struct deleter *deleters;
    /* for the guard */
    struct maps_limits limits;
    uint64_t max_entries; /* files and folders in the output folder */
    int64_t check_ms;     /* next look at the output folder, monotonic */
    int64_t overdue_ms;   /* when the plugin should long have ended it; 0: not running */
};

struct jobs {
    struct current_settings *settings;
    struct store *store;
    struct plugins *plugins;
    const char *default_runtime;
    bool default_runtime_only;
    struct folders *folders;
    struct runtimes *runtimes;
    struct task_pool *pool;
    struct task_pool *copiers; /* submissions that copy an input_path: they may take long */
    jobs_changed_fn changed;
    void *changed_context;

    pthread_mutex_t lock;
    pthread_cond_t wake;       /* for the dispatcher; all on CLOCK_MONOTONIC */
    pthread_cond_t guard_wake; /* for the guard: a run has begun */
    pthread_cond_t idle;       /* a worker has ended, or the host stops */
    struct job_queue *queue;
    size_t admitting; /* submissions between acceptance of the body and the queue */
    size_t live_count;
    struct live *live;
    bool started, draining, stopping;
    uint64_t dispatcher_rounds;
    pthread_t dispatcher, guard, retention;
    unsigned threads_running; /* how many of these, in this order */

    pthread_cond_t retention_wake; /* for the retention thread: a job has ended */
    bool retention_due;
    struct store_kept kept; /* what ended jobs keep, at its last look */
};

/* ---- jobs.c ---- */
void jobs_lock(struct jobs *jobs);
void jobs_unlock(struct jobs *jobs);
/* Waits on a condition until it is signalled or due_ms (monotonic) is past. */
void jobs_wait_until(struct jobs *jobs, pthread_cond_t *condition, int64_t due_ms);
void jobs_wake_dispatcher(struct jobs *jobs);
/* Tells the front doors; call after each committed change. */
void jobs_notify(struct jobs *jobs, const struct job_record *record);
/* Puts a job into the queue (again). */
void jobs_enqueue(struct jobs *jobs, const struct job_record *record, int64_t delay_ms);

/* ---- live.c ---- */
/* NULL: out of memory, or the job is in hand already. */
struct live *live_add(struct jobs *jobs, const char *job_id);
struct live *live_find_locked(struct jobs *jobs, const char *job_id);
/* Takes it off the list; whoever waits to delete the job is served then. */
void live_remove(struct jobs *jobs, struct live *live);
/* Asks a run to stop.  Called locked.  The plugin hears of it on a thread of its own: one that
 * hangs in cancel() holds up nobody but its own run. */
void live_stop_locked(struct jobs *jobs, struct live *live, enum stop_cause cause,
                      const char *message);
void live_deliver_cancel_locked(struct jobs *jobs, struct live *live);
/* Hands the run to whoever may stop it, or takes it back (NULL).  When it returns, nobody
 * uses the old one. */
void live_set_run(struct jobs *jobs, struct live *live, struct maps_run *run);

/* ---- dispatcher.c, worker.c, recovery.c, guard.c, submit.c, forget.c ---- */
void *dispatcher_thread(void *jobs);
void *guard_thread(void *jobs);
/* Starts a worker thread for a job that is queued (start) or was left running (adopt).  The
 * worker gives back the runtime's slot that the caller has reserved (NULL: none).
 * 0, or a positive errno value: then the slot is still the caller's. */
int worker_start(struct jobs *jobs, const char *job_id, const char *runtime);
int worker_adopt(struct jobs *jobs, const char *job_id, const char *runtime);
MUST_CHECK struct error *recovery_run(struct jobs *jobs);
/* Removes the row and files of a job that has ended; in a pool thread. */
void forget_later(struct jobs *jobs, const char *job_id, jobs_done_fn reply, void *context);
/* Parts of forgetting a job that has ended; between the two its row is deleted.  The debt: what is
 * left of it on the engine. */
MUST_CHECK struct error *forget_debt(struct jobs *jobs, const struct job_record *record);
void forget_files(struct jobs *jobs, const struct job_record *record, const char *cause);
/* Pays the cleanup debt of a job that has ended: removes what is left on the engine.
 * instance: the one that ran it, if it is at hand; NULL: the plugin's current one. */
MUST_CHECK struct error *cleanup_pay(struct jobs *jobs, const struct job_record *record,
                                     struct instance *instance);

/* ---- retention_thread.c, retention_pass.c ---- */
void *retention_thread(void *jobs);
/* A job has ended or gone: looks at what is kept in a moment.  Any thread. */
void retention_soon(struct jobs *jobs);
void retention_soon_locked(struct jobs *jobs);
/* Measures what has ended and forgets what is over the limits.  *oldest_ms: when the oldest of
 * those that stay has ended, or INT64_MAX.  An error, which is about the first job that should
 * have gone and could not, does not end the pass.  On the retention thread only. */
MUST_CHECK struct error *retention_pass(struct jobs *jobs, const struct settings *settings,
                                        int64_t *oldest_ms);

#endif
