/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of maps-backend: options for every command, then one command word (none:
 * the server), then what that command takes.  What there is stands in table.c. */
#ifndef MAPS_HOST_CLI_CLI_H
#define MAPS_HOST_CLI_CLI_H

#include "cli/table.h"
#include "config/config.h"

#include <stdio.h>

/* An option of the command that was said; in the order of the command line. */
struct cli_said {
    int id; /* of its row in the command's table */
    const char *value;
};

struct cli {
    enum cli_command command;
    const struct cli_command_row *row; /* of the command word, or NULL */
    const char *config_file;           /* or NULL */
    const char *plugin_file;           /* for CLI_DUMP_PLUGIN */
    struct config_override *overrides;
    size_t override_count;
    struct cli_said *said;
    size_t said_count;
    const char **words; /* after the command word, other than options */
    size_t word_count;
    char **rest; /* what came after "--"; NULL-terminated, never NULL */
};

/* Points into argv, which ends with NULL; free with cli_clear, also after an error.  The error
 * says what is wrong with which word.  Main thread only. */
MUST_CHECK struct error *cli_parse(int argc, char **argv, struct cli *cli);
void cli_clear(struct cli *cli);

/* Of one command, or of all (NULL). */
void cli_print_usage(const struct cli_command_row *row, FILE *out);

#endif
