/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stddef.h>
#include <string.h>

const struct cli_option cli_common_options[] = {
    { CLI_OPTION_CONFIG, "config", "FILE",
      "settings (default: $MAPS_CONFIG, else the installed file)" },
    { CLI_OPTION_SET, "set", "KEY=VALUE", "one setting; wins over environment and file" },
    { CLI_OPTION_HELP, "help", NULL, "this text; without a command also every setting" },
    { 0 },
};

const struct cli_option cli_action_options[] = {
    { CLI_OPTION_CHECK, "check-config", NULL, "name every mistake in the settings and exit" },
    { CLI_OPTION_PRINT, "print-config", NULL, "show each effective value and where it came from" },
    { CLI_OPTION_DUMP, "dump-plugin", "FILE", "show what a runtime plugin declares" },
    { CLI_OPTION_VERSION, "version", NULL, "the version" },
    { 0 },
};

const struct cli_command_row cli_commands[] = {
    { 0 },
};

const struct cli_command_row *cli_command_find(const char *word)
{
    const struct cli_command_row *row = cli_commands;

    while (row->word != NULL && strcmp(row->word, word) != 0)
        row++;
    return row->word == NULL ? NULL : row;
}
