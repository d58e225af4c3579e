/* SPDX-License-Identifier: Apache-2.0 */
/* `maps-backend run`: one script, without a server; written on the C API. */
#ifndef MAPS_HOST_RUN_COMMAND_H
#define MAPS_HOST_RUN_COMMAND_H

#include "cli/cli.h"

/* The exit code.  Ends the process if a plugin holds a thread that cannot be joined. */
int run_command(const struct cli *cli);

#endif
