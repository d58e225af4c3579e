/* SPDX-License-Identifier: Apache-2.0 */
/* The list of jobs, newest first. */
#include "http/desk.h"
#include "http/documents.h"
#include "http/endpoints.h"
#include "http/query.h"
#include "http/reply.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_DEFAULT = 50, LIST_MAX = 1000 };

/* ---- the query ---- */

static struct error *add_statuses(char *names, uint32_t *statuses)
{
    char *rest = NULL;
    enum job_status status;

    if (names == NULL)
        return error_new(ERROR_INTERNAL, NULL, "Out of memory while reading the query.");
    for (char *name = strtok_r(names, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        if (!job_status_parse(name, &status))
            return error_new(ERROR_INVALID, "status",
                             "There is no status \"%s\"; status is one or more of queued, "
                             "starting, running, success, error, timeout, cancelled, lost.",
                             name);
        *statuses |= 1u << status;
    }
    if (*statuses == 0)
        return error_new(ERROR_INVALID, "status", "The status is empty; leave it out for all.");
    return NULL;
}

static struct error *read_statuses(const struct uri *uri, uint32_t *statuses)
{
    for (size_t i = 0; i < uri->parameter_count; i++) {
        if (strcmp(uri->parameters[i].name, "status") != 0)
            continue;
        char *names = strdup(uri->parameters[i].value);
        struct error *err = add_statuses(names, statuses);

        free(names);
        if (err != NULL)
            return err;
    }
    return NULL;
}

/* key=value or key:value; the copy lives in the exchange, as long as the call. */
static struct error *read_label(struct exchange *ex, struct store_query *query)
{
    const char *text = query_text(&ex->uri, "label");

    if (text == NULL)
        return NULL;
    ex->label = strdup(text);
    if (ex->label == NULL)
        return error_new(ERROR_INTERNAL, NULL, "Out of memory while reading the query.");
    char *split = strchr(ex->label, '=');
    if (split == NULL)
        split = strchr(ex->label, ':');
    if (split == NULL || split == ex->label)
        return error_new(ERROR_INVALID, "label", "\"label\" must be like key=value.");
    *split = '\0';
    query->label_key = ex->label;
    query->label_value = split + 1;
    return NULL;
}

static struct error *read_query(struct exchange *ex, struct store_query *query)
{
    const char *cursor = query_text(&ex->uri, "cursor");
    uint64_t limit = LIST_DEFAULT;
    struct error *err = query_integer(&ex->uri, "limit", 1, LIST_MAX, &limit);

    if (err == NULL)
        err = read_statuses(&ex->uri, &query->statuses);
    if (err == NULL)
        err = read_label(ex, query);
    if (err == NULL && cursor != NULL && !cursor_parse(cursor, &query->before_sequence))
        err = error_new(ERROR_INVALID, "cursor",
                        "\"cursor\" is not one that this server gave out as next_cursor.");
    ex->limit = (unsigned)limit;
    query->limit = ex->limit + 1; /* one more tells whether the list goes on */
    return err;
}

/* ---- the answer ---- */

static void list_arrived(void *context, struct error *err, struct job_record **records,
                         size_t count)
{
    struct exchange *ex = context;

    ex->err = err;
    ex->records = records;
    ex->record_count = count;
    exchange_call_done(ex);
}

static void make_page(struct exchange *ex)
{
    ex->err = document_list_text(ex->server->parts.jobs, ex->records, ex->record_count, ex->limit,
                                 &ex->text);
}

static enum MHD_Result page_made(struct exchange *ex)
{
    char *text = ex->text;

    if (ex->err != NULL)
        return reply_error(ex);
    ex->text = NULL;
    return reply_queue(ex, MHD_HTTP_OK, reply_new("application/json", text, strlen(text)));
}

static enum MHD_Result list_answered(struct exchange *ex)
{
    return ex->err != NULL ? reply_error(ex) : desk_do(ex, make_page, page_made);
}

enum MHD_Result list_begin(struct exchange *ex)
{
    struct store_query query = { 0 };
    struct error *err = read_query(ex, &query);

    if (err != NULL)
        return reply_problem(ex, 0, err);
    if (!exchange_call(ex, list_answered))
        return reply_stopping(ex);
    jobs_list(ex->server->parts.jobs, &query, list_arrived, ex);
    return MHD_YES;
}
