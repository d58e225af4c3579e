/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT, SIGTERM and SIGHUP while a script runs: the first cancels, the second leaves at once. */
#ifndef MAPS_HOST_RUN_INTERRUPT_H
#define MAPS_HOST_RUN_INTERRUPT_H

#include "base/error.h"

#include <maps_backend.h>

/* Starts the thread that waits for them, until the process ends; they are blocked already
 * (serve_block_signals).  cancel lives as long. */
MUST_CHECK struct error *interrupt_watch(struct maps_cancel *cancel);

#endif
