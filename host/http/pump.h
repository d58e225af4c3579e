/* SPDX-License-Identifier: Apache-2.0 */
/* A body that comes from a disk.  The desk reads a bounded piece of it, the HTTP thread hands that
 * over as the peer takes it and asks the desk for the next: however slow disk and peer are, nobody
 * else waits, and no more than one piece is in memory. */
#ifndef MAPS_HOST_HTTP_PUMP_H
#define MAPS_HOST_HTTP_PUMP_H

#include "http/exchange.h"

/* On the desk.  > 0; 0 at the end of a body of unknown length; or -errno, -ESTALE if what is read
 * has changed: then the connection is cut, so that nobody takes what came for the whole. */
typedef ssize_t (*pump_read_fn)(struct exchange *ex, char *buffer, size_t size);

/* A response of `length` bytes, or, with MHD_SIZE_UNKNOWN, as many as come (chunked).  At most one
 * for an exchange.  NULL: out of memory. */
struct MHD_Response *pump_response(struct exchange *ex, pump_read_fn read_bytes, uint64_t length);
void pump_free(struct pump *pump); /* NULL is fine */

#endif
