/* SPDX-License-Identifier: Apache-2.0 */
/* Which token, if any, callers must show. */
#ifndef MAPS_HOST_AUTH_TOKEN_H
#define MAPS_HOST_AUTH_TOKEN_H

#include "base/error.h"
#include "config/settings.h"

/* True for 127.0.0.0/8 and ::1. */
bool address_is_loopback(const char *numeric_address);

/* MAPS_TOKEN; else, if anyone beyond this machine can connect and `auth = "none"` was not
 * said, the one in <data_dir>/token, which is made at the first start (0600).  *token is
 * NULL where none is needed; else malloc'ed. */
MUST_CHECK struct error *auth_token(const struct settings *settings, char **token);

#endif
