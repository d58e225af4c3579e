/* SPDX-License-Identifier: Apache-2.0 */
/* The server's life: open, recover, serve, drain, leave. */
#ifndef MAPS_HOST_SERVE_H
#define MAPS_HOST_SERVE_H

#include "config/config.h"
#include "plugin/places.h"

/* Runs until SIGTERM or SIGINT.  All arguments stay the caller's; places gets its owner.  Does not
 * return, but ends the process, if a plugin holds a thread that cannot be joined. */
MUST_CHECK struct error *serve(const struct config *config, const struct settings *settings,
                               struct plugins *plugins, struct places *places);
/* Blocks the signals that serve() waits for; before any thread is made. */
void serve_block_signals(void);

#endif
