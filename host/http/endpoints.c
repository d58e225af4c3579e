/* SPDX-License-Identifier: Apache-2.0 */
#include "http/endpoints.h"

#include "http/query.h"
#include "http/reply.h"

struct endpoint_entry {
    exchange_step begin;
    const char *parameters[5]; /* of the query, as for query_check(); ends with NULL */
};

static const struct endpoint_entry *find_entry(const struct exchange *ex)
{
    static const struct endpoint_entry options = { options_begin, { NULL } };
    static const struct endpoint_entry forget = { delete_begin, { NULL } };
    static const struct endpoint_entry submit = { submit_begin, { "wait" } };
    static const struct endpoint_entry others[] = {
        [ENDPOINT_JOBS] = { list_begin, { "status+", "label", "limit", "cursor" } },
        [ENDPOINT_JOB] = { job_begin, { "wait", "logs" } },
        [ENDPOINT_LOGS] = { logs_begin, { "stream", "offset", "follow" } },
        [ENDPOINT_OUTPUT_LIST] = { output_list_begin, { NULL } },
        [ENDPOINT_OUTPUT_FILE] = { output_file_begin, { NULL } },
        [ENDPOINT_OUTPUT_ARCHIVE] = { output_archive_begin, { NULL } },
        [ENDPOINT_CANCEL] = { cancel_begin, { NULL } },
        [ENDPOINT_INFO] = { info_begin, { NULL } },
        [ENDPOINT_HEALTHZ] = { healthz_begin, { NULL } },
        [ENDPOINT_READYZ] = { readyz_begin, { NULL } },
        [ENDPOINT_HEALTH] = { health_begin, { NULL } },
    };

    if (ex->method == METHOD_OPTIONS)
        return &options;
    if (ex->method == METHOD_DELETE)
        return &forget;
    if (ex->method == METHOD_POST && ex->route.endpoint == ENDPOINT_JOBS)
        return &submit;
    return &others[ex->route.endpoint];
}

enum MHD_Result endpoint_begin(struct exchange *ex)
{
    const struct endpoint_entry *entry = find_entry(ex);
    struct error *err = query_check(&ex->uri, entry->parameters);

    return err != NULL ? reply_problem(ex, 0, err) : entry->begin(ex);
}
