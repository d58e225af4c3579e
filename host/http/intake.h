/* SPDX-License-Identifier: Apache-2.0 */
/* Takes in a body in parts: what arrives is gathered in a buffer, and the desk takes that apart
 * and writes files, with the connection suspended meanwhile.  So an upload costs little memory
 * however large it is, and the HTTP thread never waits for its disk.
 * HTTP thread only, except intake_free(). */
#ifndef MAPS_HOST_HTTP_INTAKE_H
#define MAPS_HOST_HTTP_INTAKE_H

#include "http/exchange.h"

struct intake;

/* With the header, once it is admitted: makes ex->intake.  MALFORMED (no boundary), BUSY,
 * UNAVAILABLE (stopping, or too many uploads at once). */
MUST_CHECK struct error *intake_begin(struct exchange *ex);
/* Takes as much of the body as there is room for now; *length: what is left.  What is wrong
 * with the body becomes ex->refusal.  MHD_NO: the connection has to end. */
enum MHD_Result intake_take(struct exchange *ex, const char *bytes, size_t *length);
/* The body is complete: goes on with `next` when all of it is taken apart, or with an error in
 * ex->err. */
enum MHD_Result intake_finish(struct exchange *ex, exchange_step next);
/* What has arrived, no longer the exchange's. */
struct upload *intake_hand_over(struct exchange *ex);
/* Its place may be taken by others.  The intake itself may still be in use. */
void intake_leave(struct exchange *ex);
void intake_free(struct intake *intake); /* nobody uses it any more; NULL is fine */

#endif
