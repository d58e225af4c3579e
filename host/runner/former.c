/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "runner/parts.h"

#include <semaphore.h>

struct error *former_list(struct store *store, struct former *former)
{
    const struct store_query all = { .oldest_first = true };

    return store_wait_list(store, &all, &former->records, &former->count);
}

struct wish {
    sem_t done;
    struct error *err;
};

static void wished(void *context, struct error *err, struct job_record *record)
{
    struct wish *wish = context;

    wish->err = err;
    job_record_free(record);
    (void)sem_post(&wish->done);
}

struct error *former_cancel(struct runner *runner)
{
    struct wish wish = { .err = NULL };

    (void)sem_init(&wish.done, 0, 0);
    for (size_t i = 0; i < runner->former.count && wish.err == NULL; i++) {
        jobs_cancel(runner->jobs, runner->former.records[i]->id, wished, &wish);
        while (sem_wait(&wish.done) != 0)
            ; /* a signal */
    }
    (void)sem_destroy(&wish.done);
    return wish.err;
}

static void forgotten(void *context, struct error *err)
{
    if (err != NULL)
        log_warning("what a killed run left will be removed later: %s", err->message);
    error_free(err);
    runner_replied(context);
}

void former_forget(struct runner *runner)
{
    for (size_t i = 0; i < runner->former.count; i++) {
        const struct job_record *record = runner->former.records[i];

        if (plugins_find(runner->preparation->plugins, record->runtime) == NULL)
            continue; /* the jobs room has warned of it */
        runner_reply_due(runner);
        jobs_delete(runner->jobs, record->id, forgotten, runner);
    }
}
