/* SPDX-License-Identifier: Apache-2.0 */
#include "http/pump.h"

#include "base/log.h"
#include "http/desk.h"
#include "http/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_BYTES = 256 * 1024, BLOCK_BYTES = 64 * 1024 };

/* It belongs to the exchange, not to the response: the desk may still fill it when libmicrohttpd
 * has already dropped that. */
struct pump {
    pump_read_fn read_bytes;
    size_t filled, given;
    bool ended, failed;
    char piece[PIECE_BYTES];
};

void pump_free(struct pump *pump)
{
    free(pump);
}

/* ---- on the desk ---- */

static void fill(struct exchange *ex)
{
    struct pump *pump = ex->pump;
    ssize_t got = pump->read_bytes(ex, pump->piece, sizeof(pump->piece));

    pump->given = 0;
    pump->filled = got > 0 ? (size_t)got : 0;
    pump->ended = got == 0;
    pump->failed = got < 0;
    if (pump->failed)
        log_line(LOG_LEVEL_WARNING, ex->route.job_id, NULL,
                 "Cut the connection while sending %s: %s.", ex->uri.path,
                 got == -ESTALE ? "it was shortened or deleted" : strerror((int)-got));
}

/* ---- on the HTTP thread ---- */

static ssize_t give(void *context, uint64_t position, char *buffer, size_t size)
{
    struct exchange *ex = context;
    struct pump *pump = ex->pump;

    (void)position;
    if (exchange_given_up(ex) || pump->failed)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (pump->ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (pump->given == pump->filled)
        return desk_begin(ex, fill, ex->step) ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
    if (size > pump->filled - pump->given)
        size = pump->filled - pump->given;
    memcpy(buffer, pump->piece + pump->given, size);
    pump->given += size;
    return (ssize_t)size;
}

static void release(void *context)
{
    exchange_unref(context);
}

struct MHD_Response *pump_response(struct exchange *ex, pump_read_fn read_bytes, uint64_t length)
{
    struct pump *pump = malloc(sizeof(*pump));

    if (pump == NULL)
        return NULL;
    pump->read_bytes = read_bytes;
    pump->filled = pump->given = 0;
    pump->ended = pump->failed = false;
    struct MHD_Response *response =
        MHD_create_response_from_callback(length, BLOCK_BYTES, give, ex, release);
    if (response == NULL) {
        free(pump);
        return NULL;
    }
    ex->pump = pump;
    exchange_ref(ex);
    return response;
}
