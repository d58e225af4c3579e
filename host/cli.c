/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_CHECK = 256, OPTION_PRINT, OPTION_DUMP };

static const struct option options[] = {
    { "config", required_argument, NULL, 'c' },
    { "set", required_argument, NULL, 's' },
    { "check-config", no_argument, NULL, OPTION_CHECK },
    { "print-config", no_argument, NULL, OPTION_PRINT },
    { "dump-plugin", required_argument, NULL, OPTION_DUMP },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 },
};

/* "path=value": the word is cut at the first '='. */
static struct error *add_override(struct cli *cli, char *word)
{
    char *equals = strchr(word, '=');
    struct config_override *grown;

    if (equals == NULL || equals == word)
        return error_new(ERROR_INVALID, "--set",
                         "--set takes KEY=VALUE, for example --set jobs.concurrency=4; got \"%s\".",
                         word);
    grown = realloc(cli->overrides, (cli->override_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return error_errno(ENOMEM, "Reading the command line");
    *equals = '\0';
    cli->overrides = grown;
    cli->overrides[cli->override_count++] = (struct config_override){ word, equals + 1 };
    return NULL;
}

static struct error *take_option(struct cli *cli, int option, char **argv)
{
    switch (option) {
    case 'c':
        cli->config_file = optarg;
        return NULL;
    case 's':
        return add_override(cli, optarg);
    case OPTION_CHECK:
        cli->command = CLI_CHECK_CONFIG;
        return NULL;
    case OPTION_PRINT:
        cli->command = CLI_PRINT_CONFIG;
        return NULL;
    case OPTION_DUMP:
        cli->command = CLI_DUMP_PLUGIN;
        cli->plugin_file = optarg;
        return NULL;
    case 'h':
        cli->command = CLI_HELP;
        return NULL;
    case 'V':
        cli->command = CLI_VERSION;
        return NULL;
    case ':':
        return error_new(ERROR_INVALID, NULL, "%s needs a value; see maps-backend --help.",
                         argv[optind - 1]);
    default:
        return error_new(ERROR_INVALID, NULL, "Unknown option %s; see maps-backend --help.",
                         argv[optind - 1]);
    }
}

struct error *cli_parse(int argc, char **argv, struct cli *cli)
{
    struct error *err = NULL;
    int option;

    memset(cli, 0, sizeof(*cli));
    opterr = 0;
    while (err == NULL && (option = getopt_long(argc, argv, ":c:hV", options, NULL)) != -1)
        err = take_option(cli, option, argv);
    if (err == NULL && optind < argc)
        err = error_new(ERROR_INVALID, NULL, "Unexpected word \"%s\"; see maps-backend --help.",
                        argv[optind]);
    return err;
}

void cli_clear(struct cli *cli)
{
    free(cli->overrides);
    memset(cli, 0, sizeof(*cli));
}

void cli_print_usage(FILE *out)
{
    (void)fputs(
        "maps-backend runs scripts as jobs and serves them over REST.\n"
        "\n"
        "Usage: maps-backend [--config FILE] [--set KEY=VALUE]... [COMMAND]\n"
        "\n"
        "With no command it runs the server in the foreground until SIGTERM.\n"
        "\n"
        "  -c, --config FILE     settings (default: $MAPS_CONFIG, else the installed file)\n"
        "      --set KEY=VALUE   one setting; wins over environment and file\n"
        "      --check-config    name every mistake in the settings and exit\n"
        "      --print-config    show each effective value and where it came from\n"
        "      --dump-plugin FILE  show what a runtime plugin declares\n"
        "  -h, --help            this text and every setting\n"
        "  -V, --version         the version\n"
        "\n"
        "Exit codes: 0 done, 1 failed, 2 wrong command line or settings.\n",
        out);
}
