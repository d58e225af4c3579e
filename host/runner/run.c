/* SPDX-License-Identifier: Apache-2.0 */
/* One job, from its submission to its being forgotten.  Replies and changes come on threads of
 * the house; they are noted here, and the caller's thread is woken through an eventfd. */
#include "base/clock.h"
#include "base/log.h"
#include "job/document.h"
#include "logs/log_reader.h"
#include "runner/folder_watch.h"
#include "runner/parts.h"

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    LOG_BLOCK_BYTES = 65536,
    LOOK_AGAIN_MS = 500,        /* some file systems tell nothing */
    LOOK_OFTEN_MS = 50,         /* where nothing can be told */
    FORGET_PATIENCE_MS = 15000, /* then the next runner on this slot does it */
};

struct run {
    struct run *next;
    struct runner *runner;
    unsigned references; /* this and what follows: under runner->lock */
    char job_id[JOB_ID_BYTES];
    bool answered, ended, forgotten;
    struct error *refusal;
    int news; /* eventfd */

    /* of the caller's thread */
    const struct runner_order *order;
    struct log_reader *reader;
    int watch;       /* folder_watch, or -1 */
    bool cancelling; /* asked for; nobody has to ask again */
    bool muted;      /* no log goes to the caller any more */
};

static void lock(struct run *run)
{
    (void)pthread_mutex_lock(&run->runner->lock);
}

static void unlock(struct run *run)
{
    (void)pthread_mutex_unlock(&run->runner->lock);
}

static void tell_locked(struct run *run)
{
    (void)eventfd_write(run->news, 1);
}

static struct error *no_memory(void)
{
    return error_errno(ENOMEM, "Running the script");
}

/* ---- life ---- */

static struct run *run_make(struct runner *runner, const struct runner_order *order)
{
    struct run *run = calloc(1, sizeof(*run));

    if (run == NULL)
        return NULL;
    *run = (struct run){ .runner = runner, .references = 1, .order = order, .watch = -1 };
    run->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (run->news < 0) {
        free(run);
        return NULL;
    }
    return run;
}

static void run_unref(struct run *run)
{
    lock(run);
    bool last = --run->references == 0;
    unlock(run);
    if (!last)
        return;
    error_free(run->refusal);
    (void)close(run->news);
    free(run);
}

static void leave_list_locked(struct run *run)
{
    struct run **link = &run->runner->runs;

    while (*link != NULL && *link != run)
        link = &(*link)->next;
    if (*link == run)
        *link = run->next;
}

/* ---- what threads of the house say ---- */

/* On the store's thread, before any change of this job is told. */
static void answered(void *context, struct error *err, struct job_record *record)
{
    struct run *run = context;

    lock(run);
    run->answered = true;
    run->refusal = err;
    if (err == NULL) {
        memcpy(run->job_id, record->id, sizeof(run->job_id));
        run->next = run->runner->runs;
        run->runner->runs = run;
    }
    tell_locked(run);
    unlock(run);
    job_record_free(record);
    run_unref(run);
}

void runs_changed(void *context, const char *job_id, bool terminal)
{
    struct runner *runner = context;

    (void)pthread_mutex_lock(&runner->lock);
    for (struct run *run = runner->runs; terminal && run != NULL; run = run->next) {
        if (strcmp(run->job_id, job_id) != 0)
            continue;
        run->ended = true;
        tell_locked(run);
    }
    (void)pthread_mutex_unlock(&runner->lock);
}

static void forgotten(void *context, struct error *err)
{
    struct run *run = context;
    struct runner *runner = run->runner;

    if (err != NULL)
        log_line(LOG_LEVEL_WARNING, run->job_id, NULL, "the next run removes what is left: %s",
                 err->message);
    error_free(err);
    lock(run);
    run->forgotten = true;
    tell_locked(run);
    unlock(run);
    run_unref(run);
    runner_replied(runner);
}

static void cancel_noted(void *context, struct error *err, struct job_record *record)
{
    if (err != NULL)
        log_warning("the job cannot be cancelled: %s", err->message);
    error_free(err);
    job_record_free(record);
    runner_replied(context);
}

/* ---- the caller's thread ---- */

static bool is_set(struct run *run, const bool *flag)
{
    lock(run);
    bool set = *flag;
    unlock(run);
    return set;
}

/* Until news come, the log grows, the caller cancels or it is time to look again. */
static void wait_for_news(struct run *run, int patience_ms)
{
    struct pollfd events[] = { { .fd = run->news, .events = POLLIN },
                               { .fd = run->watch, .events = POLLIN },
                               { .fd = run->cancelling ? -1 : run->order->cancel_fd,
                                 .events = POLLIN } };
    eventfd_t ignored;

    (void)poll(events, sizeof(events) / sizeof(events[0]), patience_ms);
    (void)eventfd_read(run->news, &ignored);
    if (run->watch >= 0)
        folder_watch_read(run->watch);
}

static bool is_cancelled(const struct run *run)
{
    struct pollfd event = { .fd = run->order->cancel_fd, .events = POLLIN };

    return run->order->cancel_fd >= 0 && poll(&event, 1, 0) > 0;
}

static void cancel(struct run *run)
{
    if (run->cancelling)
        return;
    run->cancelling = true;
    runner_reply_due(run->runner);
    jobs_cancel(run->runner->jobs, run->job_id, cancel_noted, run->runner);
}

static void open_log(struct run *run)
{
    char *path = jobs_log_path(run->runner->jobs, run->job_id);
    ERROR_AUTO err = path == NULL ? no_memory() : log_reader_open(path, LOG_ALL, 0, &run->reader);

    if (err != NULL)
        log_line(LOG_LEVEL_WARNING, run->job_id, NULL, "no live logs: %s", err->message);
    if (run->reader != NULL) {
        log_reader_separate(run->reader, true);
        run->watch = folder_watch_open(dirname(path));
    }
    free(path);
}

static void close_log(struct run *run)
{
    log_reader_close(run->reader);
    if (run->watch >= 0)
        (void)close(run->watch);
    run->reader = NULL;
    run->watch = -1;
}

/* Hands over what the log has got since the last time. */
static void relay_log(struct run *run)
{
    char block[LOG_BLOCK_BYTES];
    ssize_t length = 0;

    while (run->reader != NULL && !run->muted &&
           (length = log_reader_read(run->reader, block, sizeof(block))) > 0) {
        int stream = log_reader_stream(run->reader) == MAPS_STDERR ? 2 : 1;

        if (run->order->log(run->order->log_context, stream, block, (size_t)length) != 0) {
            run->muted = true;
            cancel(run);
        } else if (is_cancelled(run)) {
            cancel(run); /* also amid a flood */
        }
    }
    if (length < 0) {
        log_line(LOG_LEVEL_ERROR, run->job_id, NULL, "the rest of the log cannot be read: %s",
                 strerror((int)-length));
        close_log(run);
    }
}

static void follow(struct run *run)
{
    int patience_ms = LOOK_AGAIN_MS;

    if (run->order->log != NULL)
        open_log(run);
    if (run->reader != NULL && run->watch < 0)
        patience_ms = LOOK_OFTEN_MS;
    for (;;) {
        /* first the end, then the log: it is complete when the job has ended */
        bool ended = is_set(run, &run->ended);

        if (is_cancelled(run))
            cancel(run);
        relay_log(run);
        if (ended)
            break;
        wait_for_news(run, patience_ms);
    }
    close_log(run);
}

static struct error *collect_log(struct run *run, struct runner_ending *ending)
{
    char *path = jobs_log_path(run->runner->jobs, run->job_id);
    bool cut;
    struct error *err = path == NULL ? no_memory()
                                     : log_read_all(path, LOG_ALL, SIZE_MAX - 1, &ending->logs,
                                                    &ending->logs_length, &cut);

    free(path);
    return err;
}

static struct error *describe(struct run *run, struct runner_ending *ending)
{
    struct runner *runner = run->runner;
    struct error *err = store_wait_get(runner->store, run->job_id, &ending->record);

    if (err == NULL)
        err = document_text(runner->jobs, ending->record, true, &ending->document);
    return err == NULL && run->order->log == NULL ? collect_log(run, ending) : err;
}

static void forget(struct run *run)
{
    int64_t due_ms = clock_monotonic_ms() + FORGET_PATIENCE_MS;

    lock(run);
    leave_list_locked(run);
    run->references++;
    unlock(run);
    runner_reply_due(run->runner);
    jobs_delete(run->runner->jobs, run->job_id, forgotten, run);
    run->cancelling = true; /* there is nothing to cancel any more */
    while (!is_set(run, &run->forgotten) && clock_monotonic_ms() < due_ms)
        wait_for_news(run, (int)(due_ms - clock_monotonic_ms()));
}

static struct error *submit(struct run *run, char *submission)
{
    struct error *err;

    run->references++; /* nobody else knows it yet */
    jobs_submit(run->runner->jobs, submission, strlen(submission), NULL, answered, run);
    while (!is_set(run, &run->answered)) {
        struct pollfd event = { .fd = run->news, .events = POLLIN };

        (void)poll(&event, 1, -1);
    }
    lock(run);
    err = run->refusal;
    run->refusal = NULL;
    unlock(run);
    return err;
}

struct error *runner_run(struct runner *runner, struct runner_order *order,
                         struct runner_ending *ending)
{
    struct run *run = run_make(runner, order);
    struct error *err;

    memset(ending, 0, sizeof(*ending));
    if (run == NULL) {
        free(order->submission);
        return no_memory();
    }
    err = submit(run, order->submission);
    if (err == NULL) {
        follow(run);
        err = describe(run, ending);
        forget(run);
    }
    run_unref(run);
    if (err != NULL)
        runner_ending_clear(ending);
    return err;
}

void runner_ending_clear(struct runner_ending *ending)
{
    job_record_free(ending->record);
    free(ending->document);
    free(ending->logs);
    memset(ending, 0, sizeof(*ending));
}
