/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

enum { HELP_COLUMN = 27 };

/* "  -c, --config FILE     settings": the help on a line of its own where it finds no room. */
static void print_option(const struct cli_option *option, FILE *out)
{
    int width = option->id < 256 ? fprintf(out, "  -%c, --%s", option->id, option->name)
                                 : fprintf(out, "      --%s", option->name);

    if (option->argument != NULL)
        width += fprintf(out, " %s", option->argument);
    if (width > HELP_COLUMN - 2) {
        (void)fputc('\n', out);
        width = 0;
    }
    (void)fprintf(out, "%*s%s\n", HELP_COLUMN - width, "", option->help);
}

static void print_options(const struct cli_option *options, FILE *out)
{
    for (; options != NULL && options->name != NULL; options++)
        print_option(options, out);
}

static void print_commands(FILE *out)
{
    if (cli_commands[0].word == NULL)
        return;
    (void)fputs("Commands:\n", out);
    for (const struct cli_command_row *row = cli_commands; row->word != NULL; row++)
        (void)fprintf(out, "  %-*s%s\n", HELP_COLUMN - 2, row->word, row->summary);
    (void)fputs("maps-backend COMMAND --help says more of one.\n\n", out);
}

static void print_overview(FILE *out)
{
    (void)fputs("maps-backend runs scripts as jobs and serves them over REST.\n"
                "\n"
                "Usage: maps-backend [--config FILE] [--set KEY=VALUE]... [COMMAND]\n"
                "\n"
                "With no command it runs the server in the foreground until SIGTERM.\n"
                "\n",
                out);
    print_commands(out);
    print_options(cli_common_options, out);
    print_options(cli_action_options, out);
    (void)fputs("\nExit codes: 0 done, 1 failed, 2 wrong command line or settings.\n", out);
}

void cli_print_usage(const struct cli_command_row *row, FILE *out)
{
    if (row == NULL) {
        print_overview(out);
        return;
    }
    (void)fprintf(out, "Usage: maps-backend %s %s\n\n%s\n", row->word, row->synopsis,
                  row->description);
    print_options(row->options, out);
    print_options(cli_common_options, out);
    (void)fprintf(out, "\nExit codes: %s\n", row->exit_codes);
}
