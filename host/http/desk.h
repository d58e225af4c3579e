/* SPDX-License-Identifier: Apache-2.0 */
/* A few threads that read job folders, and write what is uploaded, for the HTTP thread, which
 * must not wait for a disk.  Work comes in exchanges that are suspended for a call. */
#ifndef MAPS_HOST_HTTP_DESK_H
#define MAPS_HOST_HTTP_DESK_H

#include "http/exchange.h"

struct desk;

MUST_CHECK struct error *desk_start(struct desk **desk);
/* Does what is queued, then ends; NULL is fine. */
void desk_stop(struct desk *desk);

/* Suspends `ex`, runs `work` on one of the desk's threads (it leaves results in the
 * exchange, which nobody else touches meanwhile, and keeps those of an earlier call), then
 * goes on with `next`. */
typedef void (*desk_work)(struct exchange *ex);
/* False: out of memory, or the server is stopping. */
bool desk_begin(struct exchange *ex, desk_work work, exchange_step next);
/* The same, and answers if it cannot be done. */
enum MHD_Result desk_do(struct exchange *ex, desk_work work, exchange_step next);

#endif
