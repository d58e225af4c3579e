/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the jobs room whose answer is left in the exchange. */
#ifndef MAPS_HOST_HTTP_CALLS_H
#define MAPS_HOST_HTTP_CALLS_H

#include "http/exchange.h"

/* For jobs_record_fn and jobs_done_fn; context: the exchange, suspended for the call. */
void call_answered_record(void *exchange, struct error *err, struct job_record *record);
void call_answered_done(void *exchange, struct error *err);

/* Looks the job of the path up, then goes on with `next`. */
enum MHD_Result call_get(struct exchange *ex, exchange_step next);

#endif
