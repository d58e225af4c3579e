/* SPDX-License-Identifier: Apache-2.0 */
#include "http/exchange.h"

#include "http/body.h"
#include "http/intake.h"
#include "http/pump.h"
#include "http/reply.h"
#include "http/watch.h"
#include "job/output_archive.h"
#include "logs/log_reader.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

void exchange_forget(struct exchange *ex)
{
    error_free(ex->err);
    ex->err = NULL;
    job_record_free(ex->record);
    ex->record = NULL;
    if (ex->records != NULL)
        store_list_free(ex->records, ex->record_count);
    ex->records = NULL;
    ex->record_count = 0;
    free(ex->text);
    ex->text = NULL;
    if (ex->file >= 0)
        (void)close(ex->file);
    ex->file = -1;
    output_archive_free(ex->archive);
    ex->archive = NULL;
}

static void exchange_free(struct exchange *ex)
{
    settings_unref(ex->settings);
    exchange_forget(ex);
    log_reader_close(ex->reader);
    intake_free(ex->intake);
    pump_free(ex->pump);
    uri_clear(&ex->uri);
    error_free(ex->refusal);
    free(ex->listed_origin);
    free(ex->label);
    free(ex);
}

/* ---- life ---- */

void *exchange_start(void *context, const char *target, struct MHD_Connection *connection)
{
    struct http_server *server = context;
    struct client *client = client_of(connection);
    struct exchange *ex = client != NULL ? calloc(1, sizeof(*ex)) : NULL;

    if (ex == NULL)
        return NULL;
    ex->server = server;
    ex->connection = connection;
    ex->client = client;
    ex->settings = current_settings(server->parts.settings);
    ex->references = 1;
    ex->file = -1;
    ex->status_live = ex->status_ended = MHD_HTTP_OK;
    ex->refusal = uri_parse(target, &ex->uri);
    client_arrives(server, client);
    pthread_mutex_lock(&server->lock);
    server->references++;
    ex->next = server->exchanges;
    if (ex->next != NULL)
        ex->next->previous = ex;
    server->exchanges = ex;
    pthread_mutex_unlock(&server->lock);
    return ex;
}

static void leave_lists(struct exchange *ex)
{
    struct http_server *server = ex->server;

    if (ex->previous != NULL)
        ex->previous->next = ex->next;
    else
        server->exchanges = ex->next;
    if (ex->next != NULL)
        ex->next->previous = ex->previous;
    watch_leave(ex);
    if (ex->serving && --server->serving == 0)
        pthread_cond_signal(&server->settled);
    ex->serving = false;
    server->archives -= ex->has_archive_place;
    ex->has_archive_place = false;
}

void exchange_completed(void *context, struct MHD_Connection *connection, void **exchange,
                        enum MHD_RequestTerminationCode code)
{
    struct http_server *server = context;
    struct exchange *ex = *exchange;

    (void)connection;
    (void)code;
    *exchange = NULL;
    if (ex == NULL)
        return;
    body_drop(ex);
    client_rests(server, ex->client);
    pthread_mutex_lock(&server->lock);
    leave_lists(ex);
    ex->client = NULL;
    pthread_mutex_unlock(&server->lock);
    exchange_unref(ex);
}

void exchange_ref(struct exchange *ex)
{
    pthread_mutex_lock(&ex->server->lock);
    ex->references++;
    pthread_mutex_unlock(&ex->server->lock);
}

/* Call with the lock held; unlocks. */
static void unref_unlock(struct exchange *ex)
{
    struct http_server *server = ex->server;

    if (--ex->references > 0) {
        pthread_mutex_unlock(&server->lock);
        return;
    }
    pthread_mutex_unlock(&server->lock);
    exchange_free(ex);
    pthread_mutex_lock(&server->lock);
    http_server_unref_unlock(server);
}

void exchange_unref(struct exchange *ex)
{
    pthread_mutex_lock(&ex->server->lock);
    unref_unlock(ex);
}

enum MHD_Result exchange_go_on(struct exchange *ex)
{
    struct http_server *server = ex->server;

    pthread_mutex_lock(&server->lock);
    if (!ex->serving) {
        ex->serving = true;
        server->serving++;
    }
    pthread_mutex_unlock(&server->lock);
    return exchange_given_up(ex) ? reply_stopping(ex) : ex->step(ex);
}

bool exchange_given_up(struct exchange *ex)
{
    pthread_mutex_lock(&ex->server->lock);
    bool given_up = ex->calls > 0;
    pthread_mutex_unlock(&ex->server->lock);
    return given_up;
}

/* ---- suspending and resuming ---- */

bool exchange_call(struct exchange *ex, exchange_step next)
{
    struct http_server *server = ex->server;

    pthread_mutex_lock(&server->lock);
    bool possible = !server->abandoned;
    if (possible) {
        ex->step = next;
        ex->calls++;
        ex->references++;
        ex->suspended = true;
        if (!ex->arrived)
            client_pauses(ex->client);
        MHD_suspend_connection(ex->connection);
    }
    pthread_mutex_unlock(&server->lock);
    return possible;
}

static void resume(struct exchange *ex)
{
    if (!ex->arrived)
        client_goes_on(ex->client);
    ex->suspended = false;
    ex->asleep = false;
    MHD_resume_connection(ex->connection);
}

void exchange_call_done(struct exchange *ex)
{
    pthread_mutex_lock(&ex->server->lock);
    ex->calls--;
    if (ex->suspended)
        resume(ex);
    unref_unlock(ex);
}

bool exchange_sleep(struct exchange *ex, exchange_step next, int64_t wake_ms)
{
    struct http_server *server = ex->server;

    pthread_mutex_lock(&server->lock);
    bool possible = !server->stopping && !ex->hung_up && !watch_has_news(ex);
    ex->step = next;
    if (possible) {
        ex->wake_ms = wake_ms;
        ex->asleep = ex->suspended = true;
        MHD_suspend_connection(ex->connection);
    }
    pthread_mutex_unlock(&server->lock);
    return possible;
}

bool exchange_must_end(struct exchange *ex)
{
    pthread_mutex_lock(&ex->server->lock);
    bool must = ex->server->stopping || ex->hung_up;
    pthread_mutex_unlock(&ex->server->lock);
    return must;
}

void exchange_wake(struct exchange *ex)
{
    if (ex->asleep)
        resume(ex);
}

/* ---- sweeping ---- */

/* A suspended connection is not read from: only poll() tells that its peer is gone.  A
 * peer that has closed just its sending side looks the same; it gets its answer early. */
static void wake_hung_up(struct http_server *server)
{
    for (struct exchange *ex = server->exchanges; ex != NULL; ex = ex->next) {
        struct pollfd peer = { .fd = -1, .events = POLLRDHUP };

        if (!ex->asleep)
            continue;
        peer.fd = ex->client->fd;
        if (poll(&peer, 1, 0) > 0) {
            ex->hung_up = true;
            exchange_wake(ex);
        }
    }
}

void exchanges_sweep(struct http_server *server, int64_t now_ms, bool look)
{
    if (look)
        wake_hung_up(server);
    for (struct exchange *ex = server->exchanges; ex != NULL; ex = ex->next) {
        if (now_ms >= ex->wake_ms)
            exchange_wake(ex);
    }
}

void exchanges_abandon(struct http_server *server)
{
    server->abandoned = true;
    for (struct exchange *ex = server->exchanges; ex != NULL; ex = ex->next) {
        if (ex->suspended)
            resume(ex);
    }
}
