/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of maps-backend. */
#ifndef MAPS_HOST_CLI_H
#define MAPS_HOST_CLI_H

#include "config/config.h"

enum cli_command {
    CLI_SERVE, /* no command: run the server in the foreground */
    CLI_CHECK_CONFIG,
    CLI_PRINT_CONFIG,
    CLI_DUMP_PLUGIN,
    CLI_HELP,
    CLI_VERSION
};

struct cli {
    enum cli_command command;
    const char *config_file; /* or NULL */
    const char *plugin_file; /* for CLI_DUMP_PLUGIN */
    struct config_override *overrides;
    size_t override_count;
};

/* Points into argv; free with cli_clear.  The error says what is wrong with which word. */
MUST_CHECK struct error *cli_parse(int argc, char **argv, struct cli *cli);
void cli_clear(struct cli *cli);
void cli_print_usage(FILE *out);

#endif
