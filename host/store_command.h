/* SPDX-License-Identifier: Apache-2.0 */
/* maps-backend store check|backup FILE|compact. */
#ifndef MAPS_HOST_STORE_COMMAND_H
#define MAPS_HOST_STORE_COMMAND_H

#include "cli/cli.h"

/* Does what the words say to the store in this data folder; an exit code, 2: wrong words. */
int store_command(const struct cli *cli, const char *data_dir);

#endif
