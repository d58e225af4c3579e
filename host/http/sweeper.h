/* SPDX-License-Identifier: Apache-2.0 */
/* The one timer: ends waits, requests and connections whose time is over, notices peers
 * that hung up, and wakes followers of logs that grew. */
#ifndef MAPS_HOST_HTTP_SWEEPER_H
#define MAPS_HOST_HTTP_SWEEPER_H

#include "http/server.h"

MUST_CHECK struct error *sweeper_start(struct http_server *server);
/* Waits for its end. */
void sweeper_stop(struct http_server *server);

#endif
