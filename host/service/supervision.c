/* SPDX-License-Identifier: Apache-2.0 */
#include "service/supervision.h"

#include "base/clock.h"
#include "base/log.h"
#include "service/manager.h"
#include "service/vitals.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICK_MS = 5000,  /* without a watchdog */
    MORE_MS = 30000, /* what a stop asks for, at each tick */
    STATUS_BYTES = 160
};

struct supervision {
    struct store *store;
    struct jobs *jobs;
    struct http_server *http;
    atomic_bool store_answered;
    uint64_t dispatcher_rounds; /* when it was asked */
    struct vital vitals[3];
    int64_t watchdog_ms, tick_ms, due_ms;
    bool stopping;
    char status[STATUS_BYTES]; /* as last told */
};

/* ---- the rooms ---- */

static void store_answers(void *context, struct error *err, struct job_record *record)
{
    struct supervision *supervision = context;

    error_free(err); /* that there is no such job */
    job_record_free(record);
    atomic_store(&supervision->store_answered, true);
}

static bool ask_store(void *context)
{
    struct supervision *supervision = context;

    atomic_store(&supervision->store_answered, false);
    store_get(supervision->store, "", store_answers, supervision);
    return true;
}

static bool store_answered(void *context)
{
    struct supervision *supervision = context;

    return atomic_load(&supervision->store_answered);
}

static bool ask_dispatcher(void *context)
{
    struct supervision *supervision = context;

    supervision->dispatcher_rounds = jobs_dispatcher_rounds(supervision->jobs);
    return true;
}

static bool dispatcher_answered(void *context)
{
    struct supervision *supervision = context;

    return jobs_dispatcher_rounds(supervision->jobs) != supervision->dispatcher_rounds;
}

static bool ask_http(void *context)
{
    struct supervision *supervision = context;

    return http_server_ask(supervision->http);
}

static bool http_answered(void *context)
{
    struct supervision *supervision = context;

    return http_server_answered(supervision->http);
}

/* ---- what the manager is told ---- */

static void give_sign_of_life(struct supervision *supervision, int64_t now_ms)
{
    int64_t patience_ms = supervision->watchdog_ms / 2;
    bool begins;
    const struct vital *silent = vitals_check(
        supervision->vitals, sizeof(supervision->vitals) / sizeof(supervision->vitals[0]), now_ms,
        patience_ms, &begins);

    if (silent == NULL)
        manager_alive();
    else if (begins)
        log_error("the %s has not answered for %lld ms; if it does not recover, the service "
                  "manager restarts this host (running jobs go on)",
                  silent->name, (long long)patience_ms);
}

static void tell_status(struct supervision *supervision)
{
    struct jobs_figures figures;
    char status[STATUS_BYTES];

    jobs_figures(supervision->jobs, &figures);
    const char *state = figures.draining              ? "Draining"
                        : figures.store_error != NULL ? "The store cannot be written"
                        : !figures.runtime_reachable  ? "The runtime is not reachable"
                                                      : "Serving";
    (void)snprintf(status, sizeof(status), "%s; %zu jobs running, %zu queued", state,
                   figures.running, figures.queued);
    free(figures.store_error);
    if (strcmp(status, supervision->status) == 0)
        return;
    memcpy(supervision->status, status, sizeof(status));
    manager_status(status);
}

struct supervision *supervision_new(struct store *store, struct jobs *jobs,
                                    struct http_server *http)
{
    struct supervision *made = manager_present() ? calloc(1, sizeof(*made)) : NULL;

    if (made == NULL)
        return NULL;
    made->store = store;
    made->jobs = jobs;
    made->http = http;
    made->vitals[0] = (struct vital){
        .name = "store", .ask = ask_store, .answered = store_answered, .context = made
    };
    made->vitals[1] = (struct vital){ .name = "dispatcher",
                                      .ask = ask_dispatcher,
                                      .answered = dispatcher_answered,
                                      .context = made };
    made->vitals[2] = (struct vital){
        .name = "HTTP thread", .ask = ask_http, .answered = http_answered, .context = made
    };
    made->watchdog_ms = manager_watchdog_ms();
    made->tick_ms = made->watchdog_ms > 0 ? made->watchdog_ms / 4 : TICK_MS;
    return made;
}

int supervision_tick(struct supervision *supervision)
{
    if (supervision == NULL)
        return -1;
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < supervision->due_ms)
        return (int)(supervision->due_ms - now_ms);
    supervision->due_ms = now_ms + supervision->tick_ms;
    if (supervision->watchdog_ms > 0)
        give_sign_of_life(supervision, now_ms);
    if (supervision->stopping)
        manager_extend_ms(MORE_MS);
    tell_status(supervision);
    return (int)supervision->tick_ms;
}

void supervision_stopping(struct supervision *supervision)
{
    if (supervision == NULL)
        return;
    manager_stopping();
    supervision->stopping = true;
    supervision->due_ms = 0;
}

void supervision_free(struct supervision *supervision)
{
    free(supervision);
}
