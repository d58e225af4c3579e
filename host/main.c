/* SPDX-License-Identifier: Apache-2.0 */
/* maps-backend: reads the command line and settings, then does what was asked. */
#include "base/log.h"
#include "cli/cli.h"
#include "config/config_log.h"
#include "run/command.h"
#include "serve.h"
#include "store_command.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int fail(struct error *err, int code)
{
    (void)fprintf(stderr, "maps-backend: %s\n", err->message);
    error_free(err);
    return code;
}

static struct config *read_config(const struct cli *cli)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

    path[length < 0 ? 0 : length] = '\0';
    struct config_source source = { .file = cli->config_file,
                                    .overrides = cli->overrides,
                                    .override_count = cli->override_count,
                                    .environment = environ,
                                    .executable_dir = dirname(path) };
    return config_load(&source);
}

static int serve_with(struct config *config, struct plugins *plugins, struct places *places)
{
    struct settings *settings = NULL;
    struct error *err;

    bool good = config_check(config, plugins, &settings);
    config_log_problems(config);
    if (!good)
        return EXIT_USAGE;
    err = serve(config, settings, plugins, places);
    settings_unref(settings);
    if (err == NULL)
        return EXIT_SUCCESS;
    log_error("%s", err->message);
    error_free(err);
    return EXIT_FAILED;
}

static int check_config(struct config *config, const struct plugins *plugins)
{
    struct settings *settings = NULL;
    bool good = config_check(config, plugins, &settings);

    config_print_problems(config, stderr);
    settings_unref(settings);
    if (good)
        (void)puts("The settings are fine.");
    return good ? EXIT_SUCCESS : EXIT_USAGE;
}

static int print_config(struct config *config, const struct plugins *plugins)
{
    struct settings *settings = NULL;
    bool good = config_check(config, plugins, &settings);

    config_print_problems(config, stderr);
    config_print(config, plugins, stdout);
    settings_unref(settings);
    return good ? EXIT_SUCCESS : EXIT_USAGE;
}

static int with_plugins(const struct cli *cli, struct config *config, struct plugins *plugins,
                        struct places *places)
{
    switch (cli->command) {
    case CLI_CHECK_CONFIG:
        return check_config(config, plugins);
    case CLI_PRINT_CONFIG:
        return print_config(config, plugins);
    case CLI_HELP:
        cli_print_usage(NULL, stdout);
        (void)puts("\nSettings:");
        config_print_options(plugins, stdout);
        return EXIT_SUCCESS;
    case CLI_SERVE:
    case CLI_DUMP_PLUGIN:
    case CLI_VERSION:
    case CLI_RUN:
    case CLI_STORE:
        break;
    }
    return serve_with(config, plugins, places);
}

static int with_config(const struct cli *cli)
{
    struct config *config = read_config(cli);
    struct plugins *plugins = NULL;
    struct places places = { .owner = "" };
    const struct plugin_host host = { places_info, &places };
    struct error *err;
    int code;

    if (config == NULL)
        return fail(error_new(ERROR_INTERNAL, NULL, "Out of memory."), EXIT_FAILED);
    log_configure(config_log_level(config), config_log_format(config));
    err = places_init(&places, config_data_dir(config), config_libexec_dir(config));
    if (err == NULL)
        err = plugins_load(config_plugin_dir(config), &host, &plugins);
    code = err != NULL ? fail(err, EXIT_FAILED) : with_plugins(cli, config, plugins, &places);
    plugins_free(plugins);
    config_free(config);
    places_clear(&places);
    return code;
}

static bool config_has_mistakes(const struct config *config)
{
    for (size_t i = 0; i < config_problem_count(config); i++)
        if (!config_problem_at(config, i)->warning)
            return true;
    return false;
}

static int store(const struct cli *cli)
{
    struct config *config = read_config(cli);
    int code = EXIT_USAGE;

    if (config == NULL)
        return fail(error_new(ERROR_INTERNAL, NULL, "Out of memory."), EXIT_FAILED);
    log_configure(config_log_level(config), config_log_format(config));
    config_print_problems(config, stderr);
    if (!config_has_mistakes(config))
        code = store_command(cli, config_data_dir(config));
    config_free(config);
    return code;
}

static int run(const struct cli *cli)
{
    if (cli->command == CLI_HELP && cli->row != NULL) {
        cli_print_usage(cli->row, stdout);
        return EXIT_SUCCESS;
    }
    if (cli->command == CLI_VERSION) {
        (void)printf("maps-backend %s (plugin ABI %u)\n", MAPS_VERSION, MAPS_ABI_VERSION);
        return EXIT_SUCCESS;
    }
    if (cli->command == CLI_DUMP_PLUGIN) {
        struct error *err = plugin_dump(cli->plugin_file, stdout);
        return err == NULL ? EXIT_SUCCESS : fail(err, EXIT_FAILED);
    }
    if (cli->command == CLI_RUN)
        return run_command(cli);
    if (cli->command == CLI_STORE)
        return store(cli);
    return with_config(cli);
}

int main(int argc, char **argv)
{
    struct cli cli;
    struct error *err = cli_parse(argc, argv, &cli);
    int code;

    log_find_journal();
    serve_block_signals();
    code = err != NULL ? fail(err, EXIT_USAGE) : run(&cli);
    cli_clear(&cli);
    return code;
}
