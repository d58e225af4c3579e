/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of commands and options: parsing, --help and the manual page are made from it. */
#ifndef MAPS_HOST_CLI_TABLE_H
#define MAPS_HOST_CLI_TABLE_H

#include <stdbool.h>

enum cli_command {
    CLI_SERVE, /* no command: run the server in the foreground */
    CLI_CHECK_CONFIG,
    CLI_PRINT_CONFIG,
    CLI_DUMP_PLUGIN,
    CLI_HELP,
    CLI_VERSION,
    CLI_RUN,
    CLI_STORE
};

struct cli_option {
    int id;               /* unique in its table; the letter, if it has one */
    const char *name;     /* without the dashes; NULL ends a table */
    const char *argument; /* "FILE"; NULL: takes no value */
    const char *help;     /* a line, without a full stop */
};

struct cli_command_row {
    const char *word; /* NULL ends the table */
    enum cli_command command;
    bool takes_rest;                  /* words after "--" are its own */
    const char *synopsis;             /* what follows the word */
    const char *summary;              /* some words, without a full stop */
    const char *description;          /* paragraphs, with line breaks and one at the end */
    const struct cli_option *options; /* or NULL: none of its own */
    const char *exit_codes;           /* with line breaks between them */
};

/* Those of a command word have ids of their own below 512. */
enum cli_common_option {
    CLI_OPTION_CONFIG = 'c',
    CLI_OPTION_HELP = 'h',
    CLI_OPTION_VERSION = 'V',
    CLI_OPTION_SET = 512,
    CLI_OPTION_CHECK,
    CLI_OPTION_PRINT,
    CLI_OPTION_DUMP
};

enum cli_run_option {
    RUN_ENV = 'e',
    RUN_QUIET = 'q',
    RUN_REQUEST = 256,
    RUN_INPUT,
    RUN_OUTPUT,
    RUN_TIMEOUT,
    RUN_RUNTIME,
    RUN_PROFILE,
    RUN_NETWORK,
    RUN_LIMIT,
    RUN_LABEL,
    RUN_JOB_ID,
    RUN_JSON
};

/* Those that may stand before or after any command word ... */
extern const struct cli_option cli_common_options[];
/* ... and those that stand for a command themselves. */
extern const struct cli_option cli_action_options[];
extern const struct cli_command_row cli_commands[];

/* The row of a command word, or NULL. */
const struct cli_command_row *cli_command_find(const char *word);

#endif
