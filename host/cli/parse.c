/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "config/nearest.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 64, LETTERS_BYTES = 2 + 2 * OPTIONS_MAX, POSITIONAL = 1 };

/* The tables in getopt's words. */
struct grammar {
    struct option options[OPTIONS_MAX + 1];
    size_t count;
    char letters[LETTERS_BYTES];
};

static void add_table(struct grammar *grammar, const struct cli_option *table)
{
    char *letters = grammar->letters + strlen(grammar->letters);

    for (; table != NULL && table->name != NULL && grammar->count < OPTIONS_MAX; table++) {
        int takes = table->argument != NULL ? required_argument : no_argument;

        grammar->options[grammar->count++] = (struct option){ table->name, takes, NULL, table->id };
        if (table->id >= 256)
            continue;
        *letters++ = (char)table->id;
        if (takes == required_argument)
            *letters++ = ':';
    }
}

/* "path=value": the word is cut at the first '='. */
static struct error *add_override(struct cli *cli, char *word)
{
    char *equals = strchr(word, '=');

    if (equals == NULL || equals == word)
        return error_new(ERROR_INVALID, "--set",
                         "--set takes KEY=VALUE, for example --set jobs.concurrency=4; got \"%s\".",
                         word);
    *equals = '\0';
    cli->overrides[cli->override_count++] = (struct config_override){ word, equals + 1 };
    return NULL;
}

static void take_action(struct cli *cli, int option)
{
    if (option == CLI_OPTION_CHECK)
        cli->command = CLI_CHECK_CONFIG;
    else if (option == CLI_OPTION_PRINT)
        cli->command = CLI_PRINT_CONFIG;
    else if (option == CLI_OPTION_HELP)
        cli->command = CLI_HELP;
    else
        cli->command = CLI_VERSION;
}

static struct error *take_common(struct cli *cli, int option)
{
    switch (option) {
    case CLI_OPTION_CONFIG:
        cli->config_file = optarg;
        return NULL;
    case CLI_OPTION_SET:
        return add_override(cli, optarg);
    case CLI_OPTION_DUMP:
        cli->command = CLI_DUMP_PLUGIN;
        cli->plugin_file = optarg;
        return NULL;
    default:
        take_action(cli, option);
        return NULL;
    }
}

static bool is_in(const struct cli_option *table, int id)
{
    for (; table != NULL && table->name != NULL; table++)
        if (table->id == id)
            return true;
    return false;
}

static struct error *take(struct cli *cli, int option, char **argv)
{
    if (option == ':' || option == '?')
        return error_new(ERROR_INVALID, NULL,
                         option == ':' ? "%s needs a value; see maps-backend --help."
                                       : "Unknown option %s; see maps-backend --help.",
                         argv[optind - 1]);
    if (option == POSITIONAL)
        cli->words[cli->word_count++] = optarg;
    else if (cli->row != NULL && is_in(cli->row->options, option))
        cli->said[cli->said_count++] = (struct cli_said){ option, optarg };
    else
        return take_common(cli, option);
    return NULL;
}

static struct error *read_options(struct cli *cli, int argc, char **argv,
                                  const struct grammar *grammar)
{
    struct error *err = NULL;
    int option;

    opterr = 0;
    optind = 0; /* begin anew, by this grammar */
    while (err == NULL &&
           (option = getopt_long(argc, argv, grammar->letters, grammar->options, NULL)) != -1)
        err = take(cli, option, argv);
    return err;
}

static struct error *unknown_command(const char *word)
{
    struct nearest nearest = { .typed = word };

    for (const struct cli_command_row *row = cli_commands; row->word != NULL; row++)
        nearest_consider(&nearest, row->word);
    if (nearest.name != NULL)
        return error_new(ERROR_INVALID, NULL,
                         "There is no command \"%s\"; did you mean %s? See maps-backend --help.",
                         word, nearest.name);
    return error_new(ERROR_INVALID, NULL, "There is no command \"%s\"; see maps-backend --help.",
                     word);
}

static struct error *unexpected(const char *word)
{
    return error_new(ERROR_INVALID, NULL, "Unexpected word \"%s\"; see maps-backend --help.", word);
}

/* argv begins with the command word; what follows may be options, words and, after "--", the
 * rest. */
static struct error *read_command(struct cli *cli, int argc, char **argv)
{
    struct grammar grammar = { .letters = "-:" };
    struct error *err;

    cli->row = cli_command_find(argv[0]);
    if (cli->row == NULL)
        return unknown_command(argv[0]);
    cli->command = cli->row->command;
    add_table(&grammar, cli->row->options);
    add_table(&grammar, cli_common_options);
    err = read_options(cli, argc, argv, &grammar);
    cli->rest = argv + optind;
    if (err == NULL && !cli->row->takes_rest && optind < argc)
        err = unexpected(argv[optind]);
    return err;
}

static struct error *read_line(struct cli *cli, int argc, char **argv)
{
    struct grammar grammar = { .letters = "+:" };
    struct error *err;

    add_table(&grammar, cli_common_options);
    add_table(&grammar, cli_action_options);
    err = read_options(cli, argc, argv, &grammar);
    cli->rest = argv + argc;
    if (err != NULL || optind >= argc)
        return err;
    if (cli->command != CLI_SERVE)
        return unexpected(argv[optind]);
    return read_command(cli, argc - optind, argv + optind);
}

struct error *cli_parse(int argc, char **argv, struct cli *cli)
{
    size_t room = (size_t)argc + 1;

    memset(cli, 0, sizeof(*cli));
    cli->overrides = calloc(room, sizeof(*cli->overrides));
    cli->said = calloc(room, sizeof(*cli->said));
    cli->words = calloc(room, sizeof(*cli->words));
    if (cli->overrides == NULL || cli->said == NULL || cli->words == NULL)
        return error_errno(ENOMEM, "Reading the command line");
    return read_line(cli, argc, argv);
}

void cli_clear(struct cli *cli)
{
    free(cli->overrides);
    free(cli->said);
    free(cli->words);
    memset(cli, 0, sizeof(*cli));
}
