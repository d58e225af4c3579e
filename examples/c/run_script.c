/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one script and shows what it prints while it runs:
 *
 *     run_script hello.py                  on the detected runtime
 *     run_script hello.py sandbox          on this one
 *     echo 'print(6 * 7)' | run_script -   from standard input
 *
 * Ends with the script's own exit code, or with 1 and a sentence.
 */
#include <maps_backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_log(void *context, int stream, const void *bytes, size_t length)
{
    FILE *out = stream == MAPS_LOG_STDERR ? stderr : stdout;

    (void)context;
    fwrite(bytes, 1, length, out);
    return fflush(out) != 0; /* nobody reads it any more: cancel */
}

/* Standard input as a text; the caller frees it. */
static char *read_input(void)
{
    char *text = malloc(1 << 16);
    size_t length = text == NULL ? 0 : fread(text, 1, (1 << 16) - 1, stdin);

    if (text != NULL)
        text[length] = '\0';
    return text;
}

static int fail(char *error)
{
    fprintf(stderr, "run_script: %s\n", error == NULL ? "out of memory" : error);
    maps_free(error);
    return 1;
}

static int report(const struct maps_result *result)
{
    if (maps_result_exit_code(result) >= 0)
        return maps_result_exit_code(result);
    fprintf(stderr, "run_script: %s (%s): %s\n", maps_result_status(result),
            maps_result_reason(result), maps_result_message(result));
    return 1;
}

static int run(struct maps_runner *runner, const char *script)
{
    struct maps_run_params params = { .size = sizeof(params),
                                      .timeout_ms = 60000,
                                      .options = "{\"labels\": {\"from\": \"examples/c\"}}",
                                      .log = print_log };
    char *content = strcmp(script, "-") == 0 ? read_input() : NULL;
    struct maps_result *result = NULL;
    char *error = NULL;
    int code;

    params.script_content = content;
    params.script_path = content == NULL ? script : NULL;
    if (maps_run_script(runner, &params, &result, &error) != 0) {
        code = fail(error);
    } else {
        code = report(result);
        maps_result_free(result);
    }
    free(content);
    return code;
}

int main(int argc, char **argv)
{
    struct maps_host_params host = { .size = sizeof(host), .runtime = argc > 2 ? argv[2] : NULL };
    struct maps_runner *runner = NULL;
    char *error = NULL;
    int code;

    if (argc < 2 || argc > 3)
        return fail(strdup("Usage: run_script SCRIPT|- [RUNTIME]"));
    if (maps_get_runner(&host, &runner, &error) != 0)
        return fail(error);
    code = run(runner, argv[1]);
    maps_runner_free(runner);
    return code;
}
