/* SPDX-License-Identifier: Apache-2.0 */
#include "http/desk.h"

#include "http/reply.h"

#include <signal.h>
#include <stdlib.h>

enum { DESK_THREADS = 2 };

struct task {
    struct task *next;
    struct exchange *ex;
    desk_work work;
};
struct desk {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct task *first, **last;
    bool ends;
    pthread_t threads[DESK_THREADS];
    int thread_count;
};

/* The next task, or NULL at the end. */
static struct task *take(struct desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    while (desk->first == NULL && !desk->ends)
        pthread_cond_wait(&desk->wake, &desk->lock);
    struct task *task = desk->first;
    if (task != NULL) {
        desk->first = task->next;
        if (desk->first == NULL)
            desk->last = &desk->first;
    }
    pthread_mutex_unlock(&desk->lock);
    return task;
}

static void *work(void *context)
{
    struct desk *desk = context;

    for (struct task *task = take(desk); task != NULL; task = take(desk)) {
        task->work(task->ex);
        exchange_call_done(task->ex);
        free(task);
    }
    return NULL;
}

static int start_threads(struct desk *desk)
{
    sigset_t all, old;
    int failure = 0;

    /* Signals are for the main thread. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    while (failure == 0 && desk->thread_count < DESK_THREADS) {
        failure = pthread_create(&desk->threads[desk->thread_count], NULL, work, desk);
        desk->thread_count += failure == 0;
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failure;
}

struct error *desk_start(struct desk **result)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    if (desk == NULL)
        return error_new(ERROR_INTERNAL, NULL, "Out of memory while starting the HTTP server.");
    (void)pthread_mutex_init(&desk->lock, NULL);
    (void)pthread_cond_init(&desk->wake, NULL);
    desk->last = &desk->first;
    int failure = start_threads(desk);
    if (failure != 0) {
        desk_stop(desk);
        return error_errno(failure, "Cannot start the threads that read and write files");
    }
    *result = desk;
    return NULL;
}

void desk_stop(struct desk *desk)
{
    if (desk == NULL)
        return;
    pthread_mutex_lock(&desk->lock);
    desk->ends = true;
    pthread_cond_broadcast(&desk->wake);
    pthread_mutex_unlock(&desk->lock);
    for (int i = 0; i < desk->thread_count; i++)
        (void)pthread_join(desk->threads[i], NULL);
    (void)pthread_cond_destroy(&desk->wake);
    (void)pthread_mutex_destroy(&desk->lock);
    free(desk);
}

bool desk_begin(struct exchange *ex, desk_work todo, exchange_step next)
{
    struct desk *desk = ex->server->desk;
    struct task *task = calloc(1, sizeof(*task));

    if (task == NULL || !exchange_call(ex, next)) {
        free(task);
        return false;
    }
    task->ex = ex;
    task->work = todo;
    pthread_mutex_lock(&desk->lock);
    *desk->last = task;
    desk->last = &task->next;
    pthread_cond_signal(&desk->wake);
    pthread_mutex_unlock(&desk->lock);
    return true;
}

enum MHD_Result desk_do(struct exchange *ex, desk_work todo, exchange_step next)
{
    if (desk_begin(ex, todo, next))
        return MHD_YES;
    return exchange_must_end(ex) ? reply_stopping(ex) : reply_no_memory(ex);
}
