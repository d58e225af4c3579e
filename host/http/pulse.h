/* SPDX-License-Identifier: Apache-2.0 */
/* The server asks itself whether it is alive: http_server_ask(), http_server_answered(). */
#ifndef MAPS_HOST_HTTP_PULSE_H
#define MAPS_HOST_HTTP_PULSE_H

#include "http/server.h"

/* Closes the connection to ourselves, if there is one. */
void pulse_end(struct http_server *server);

#endif
