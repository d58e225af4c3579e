/* SPDX-License-Identifier: Apache-2.0 */
#include "run/command.h"

#include "run/arguments.h"
#include "run/exit_code.h"
#include "run/interrupt.h"
#include "run/relay.h"
#include "runner/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All that one run needs. */
struct command {
    const struct cli *cli;
    struct run_arguments arguments;
    char *script, *request;
    char **settings; /* "key=value"; ends with NULL */
    struct maps_cancel *cancel;
    struct maps_runner *runner;
    struct relay relay;
};

static int say(const char *sentence, int code)
{
    (void)fprintf(stderr, "maps-backend: %s\n", sentence);
    return code;
}

static int fail(struct error *err, int code)
{
    (void)say(err->message, code);
    error_free(err);
    return code;
}

/* Of an error that the C API has told. */
static int fail_with(int result, char *error)
{
    int code = say(error == NULL ? strerror(-result) : error, run_exit_code_of_error(result));

    maps_free(error);
    return code;
}

static struct error *join_settings(struct command *command)
{
    const struct cli *cli = command->cli;

    command->settings = calloc(cli->override_count + 1, sizeof(*command->settings));
    for (size_t i = 0; command->settings != NULL && i < cli->override_count; i++)
        if (asprintf(&command->settings[i], "%s=%s", cli->overrides[i].path,
                     cli->overrides[i].value) < 0)
            return error_errno(ENOMEM, "Reading the command line");
    return command->settings == NULL ? error_errno(ENOMEM, "Reading the command line") : NULL;
}

static struct error *check_readable(const char *what, const char *path)
{
    if (path == NULL || access(path, R_OK) == 0)
        return NULL;
    return error_new(ERROR_INVALID, NULL, "The %s %s cannot be read: %s.", what, path,
                     strerror(errno));
}

/* A text from standard input; what is in a file is for the C API to find. */
static struct error *read_text(const char *what, const char *path, char **text)
{
    return path != NULL && strcmp(path, "-") == 0 ? text_input_read(what, text)
                                                  : check_readable(what, path);
}

/* All that can be wrong before anything is started. */
static struct error *read_line(struct command *command)
{
    struct run_arguments *arguments = &command->arguments;
    struct error *err = run_arguments_read(command->cli, environ, arguments);

    if (err == NULL)
        err = read_text("script", arguments->script, &command->script);
    if (err == NULL)
        err = read_text("request", arguments->request, &command->request);
    if (err == NULL)
        err = check_readable("input", arguments->input);
    return err == NULL ? join_settings(command) : err;
}

static void command_clear(struct command *command)
{
    run_arguments_clear(&command->arguments);
    free(command->script);
    free(command->request);
    for (char **setting = command->settings; setting != NULL && *setting != NULL; setting++)
        free(*setting);
    free(command->settings);
}

static int open_runner(struct command *command)
{
    const struct maps_host_params host = { .size = sizeof(host),
                                           .config_file = command->cli->config_file,
                                           .settings = (const char *const *)command->settings,
                                           .runtime = command->arguments.runtime };
    char *error = NULL;
    int result = maps_get_runner(&host, &command->runner, &error);

    return result == 0 ? 0 : fail_with(result, error);
}

/* Why a script did not end by itself, and what else went wrong. */
static int report(const struct command *command, const struct maps_result *result)
{
    const char *reason = maps_result_reason(result), *message = maps_result_message(result);
    int failure = command->relay.output_errno;

    if (command->arguments.json)
        (void)printf("%s\n", maps_result_document(result));
    else if (!command->arguments.quiet && strcmp(reason, "exited") != 0)
        (void)fprintf(stderr, "maps-backend: %s (%s)%s%s\n", maps_result_status(result), reason,
                      message[0] == '\0' ? "" : ": ", message);
    if (fflush(stdout) != 0)
        failure = errno;
    if (failure != 0 && failure != EPIPE)
        return say(strerror(failure), RUN_EXIT_OUTPUT_FAILED);
    if (maps_result_output_error(result)[0] != '\0')
        return say(maps_result_output_error(result), RUN_EXIT_OUTPUT_FAILED);
    return run_exit_code(reason, maps_result_exit_code(result), maps_result_signal(result));
}

static int run(struct command *command)
{
    const struct run_arguments *arguments = &command->arguments;
    const struct maps_run_params params = { .size = sizeof(params),
                                            .job_id = arguments->job_id,
                                            .script_path = arguments->script,
                                            .script_content = command->script,
                                            .request_path = arguments->request,
                                            .request_json = command->request,
                                            .input_path = arguments->input,
                                            .output_path = arguments->output,
                                            .timeout_ms = arguments->timeout_ms,
                                            .options = arguments->options,
                                            .log = arguments->json ? NULL : relay_write,
                                            .log_context = &command->relay,
                                            .cancel = command->cancel };
    struct maps_result *result = NULL;
    char *error = NULL;
    int status = maps_run_script(command->runner, &params, &result, &error);

    if (status != 0)
        return fail_with(status, error);
    int code = report(command, result);
    maps_result_free(result);
    return code;
}

static int start(struct command *command)
{
    struct error *err;

    command->cancel = maps_cancel_new();
    if (command->cancel == NULL)
        return say("There are no more file descriptors.", RUN_EXIT_INFRASTRUCTURE);
    err = interrupt_watch(command->cancel);
    if (err != NULL)
        return fail(err, RUN_EXIT_INFRASTRUCTURE);
    int code = open_runner(command);
    if (code != 0)
        return code;
    code = run(command);
    if (maps_runner_free(command->runner) != 0)
        _exit(code); /* threads are still inside plugins: nothing may be taken from them */
    return code;
}

int run_command(const struct cli *cli)
{
    struct command command = { .cli = cli };
    struct error *err = read_line(&command);
    int code = err != NULL ? fail(err, RUN_EXIT_USAGE) : start(&command);

    command_clear(&command);
    return code;
}
