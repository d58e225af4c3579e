/* SPDX-License-Identifier: Apache-2.0 */
/* Takes in a request's body, bounded.  HTTP thread only. */
#ifndef MAPS_HOST_HTTP_BODY_H
#define MAPS_HOST_HTTP_BODY_H

#include "http/exchange.h"

/* With the header, before anything of the body is read: what it announces. */
enum MHD_Result body_announced(struct exchange *ex);
/* Some of the body.  *length: what is left, to be offered again. */
enum MHD_Result body_take(struct exchange *ex, const char *bytes, size_t *length);
/* What has been taken is not needed any more. */
void body_drop(struct exchange *ex);
/* The body (malloc'ed, NUL-terminated), no longer the exchange's; NULL: there is none. */
char *body_hand_over(struct exchange *ex);

#endif
