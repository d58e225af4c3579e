/* SPDX-License-Identifier: Apache-2.0 */
#include "http/calls.h"

#include "http/reply.h"

void call_answered_record(void *exchange, struct error *err, struct job_record *record)
{
    struct exchange *ex = exchange;

    ex->err = err;
    ex->record = record;
    exchange_call_done(ex);
}

void call_answered_done(void *exchange, struct error *err)
{
    call_answered_record(exchange, err, NULL);
}

enum MHD_Result call_get(struct exchange *ex, exchange_step next)
{
    exchange_forget(ex);
    if (!exchange_call(ex, next))
        return reply_stopping(ex);
    jobs_get(ex->server->parts.jobs, ex->route.job_id, call_answered_record, ex);
    return MHD_YES;
}
