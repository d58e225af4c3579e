/* SPDX-License-Identifier: Apache-2.0 */
/* A job's logs as text, as they are or as they come. */
#include "http/calls.h"
#include "http/endpoints.h"
#include "http/query.h"
#include "http/reply.h"
#include "http/watch.h"
#include "logs/log_reader.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_BLOCK_BYTES = 16384 };

/* ---- the query ---- */

static struct error *read_stream(struct exchange *ex)
{
    const char *stream = query_text(&ex->uri, "stream");

    if (stream == NULL)
        ex->streams = LOG_ALL;
    else if (strcmp(stream, "stdout") == 0)
        ex->streams = LOG_STDOUT;
    else if (strcmp(stream, "stderr") == 0)
        ex->streams = LOG_STDERR;
    else
        return error_new(ERROR_INVALID, "stream",
                         "\"stream\" must be stdout or stderr; leave it out for both.");
    return NULL;
}

static struct error *open_reader(struct exchange *ex)
{
    char *path = jobs_log_path(ex->server->parts.jobs, ex->route.job_id);

    if (path == NULL)
        return error_new(ERROR_INTERNAL, NULL, "Out of memory while opening the logs.");
    struct error *err = log_reader_open(path, ex->streams, ex->offset, &ex->reader);
    free(path);
    return err;
}

/* ---- the body: pulled by libmicrohttpd, on its thread, when the peer takes more ---- */

static ssize_t read_block(struct exchange *ex, char *buffer, size_t size)
{
    ssize_t got = log_reader_read(ex->reader, buffer, size);

    return got < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : got;
}

static ssize_t give_logs(void *context, uint64_t position, char *buffer, size_t size)
{
    struct exchange *ex = context;
    ssize_t got = read_block(ex, buffer, size);

    (void)position;
    return got != 0 ? got : MHD_CONTENT_READER_END_OF_STREAM;
}

/* A follower sees the job's end before it reads the last bytes, never after: the log is
 * complete when the job has ended.  A peer that hung up, and a server that stops, cut the
 * stream, so that it is not taken for the whole. */
static ssize_t follow_logs(void *context, uint64_t position, char *buffer, size_t size)
{
    struct exchange *ex = context;

    (void)position;
    for (;;) {
        bool ended = watch_mark(ex);
        ssize_t got = read_block(ex, buffer, size);

        if (got != 0)
            return got;
        if (ended)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (exchange_sleep(ex, ex->step, INT64_MAX))
            return 0;
        if (exchange_must_end(ex))
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
}

static void release_logs(void *context)
{
    exchange_unref(context);
}

static enum MHD_Result logs_found(struct exchange *ex)
{
    if (ex->err != NULL)
        return reply_error(ex);
    bool follow = ex->follow && !job_status_terminal(ex->record->status);
    struct error *err = open_reader(ex);
    if (err != NULL)
        return reply_problem(ex, 0, err);

    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, LOG_BLOCK_BYTES, follow ? follow_logs : give_logs, ex, release_logs);
    if (response == NULL)
        return reply_no_memory(ex);
    exchange_ref(ex);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                  "text/plain; charset=utf-8");
    if (ex->record->logs_truncated)
        (void)MHD_add_response_header(response, "X-Logs-Truncated", "true");
    if (ex->record->logs_damaged)
        (void)MHD_add_response_header(response, "X-Logs-Damaged", "true");
    return reply_queue(ex, MHD_HTTP_OK, response);
}

enum MHD_Result logs_begin(struct exchange *ex)
{
    bool follow = false;
    struct error *err = read_stream(ex);

    if (err == NULL)
        err = query_integer(&ex->uri, "offset", 0, INT64_MAX, &ex->offset);
    if (err == NULL)
        err = query_bool(&ex->uri, "follow", &follow);
    if (err != NULL)
        return reply_problem(ex, 0, err);
    if (follow && ex->method == METHOD_GET && !watch_join(ex, ex->route.job_id, true))
        return reply_no_memory(ex);
    return call_get(ex, logs_found);
}
