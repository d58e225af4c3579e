/* SPDX-License-Identifier: Apache-2.0 */
/* The server's life: open, recover, serve, drain, leave. */
#ifndef MAPS_HOST_SERVE_H
#define MAPS_HOST_SERVE_H

#include "config/config.h"

/* Runs until SIGTERM or SIGINT.  plugins and config stay the caller's.  Does not return, but
 * ends the process, if a plugin holds a thread that cannot be joined. */
MUST_CHECK struct error *serve(const struct config *config, const struct settings *settings,
                               struct plugins *plugins);
/* The `info` service for plugins; "owner" is known once the store is open. */
const char *serve_info(const char *key);
/* Blocks the signals that serve() waits for; before any thread is made. */
void serve_block_signals(void);
/* Tells serve_info where things are; before the plugins are loaded. */
void serve_set_places(const struct config *config);

#endif
