/* SPDX-License-Identifier: Apache-2.0 */
/* "127.0.0.1:8000" and "[::1]:8000".  Pure. */
#ifndef MAPS_HOST_CONFIG_ADDRESS_H
#define MAPS_HOST_CONFIG_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* False unless it is a numeric address and a port from 0 to 65535.  The address comes
 * without brackets, in its usual form. */
bool address_parse(const char *text, char address[static INET6_ADDRSTRLEN], uint16_t *port);

#endif
