/* SPDX-License-Identifier: Apache-2.0 */
/* The listening socket. */
#ifndef MAPS_HOST_HTTP_LISTENER_H
#define MAPS_HOST_HTTP_LISTENER_H

#include "base/error.h"

#include <stdint.h>

/* Binds and listens on a numeric IPv4 or IPv6 address; port 0: any free one.  The error says
 * which address and why. */
MUST_CHECK struct error *listener_open(const char *address, uint16_t port, int *fd,
                                       uint16_t *bound_port);

#endif
