/* SPDX-License-Identifier: Apache-2.0 */
#include "run/arguments.h"

#include "config/value.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct error *no_memory(void)
{
    return error_errno(ENOMEM, "Reading the command line");
}

static struct error *must_be(bool added)
{
    return added ? NULL : no_memory();
}

/* ---- --timeout ---- */

static struct error *read_timeout(const char *text, struct run_arguments *arguments)
{
    double seconds;

    if (!value_parse_number(text, &seconds) || !(seconds >= 0.001) || seconds > 1e9)
        return error_new(ERROR_INVALID, "--timeout",
                         "--timeout takes a number of seconds above 0, for example --timeout 2.5; "
                         "got \"%s\".",
                         text);
    arguments->timeout_ms = (uint64_t)llround(seconds * 1000);
    return NULL;
}

/* ---- --limit ---- */

static const struct limit {
    const char *name, *field;
    bool bytes;
} limits[] = { { "cpus", "cpus", false },
               { "memory", "memory_bytes", true },
               { "pids", "pids", false },
               { "disk", "disk_bytes", true },
               { "output", "output_bytes", true } };

static const struct limit *find_limit(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        if ((strlen(limits[i].name) == length && memcmp(limits[i].name, name, length) == 0) ||
            (strlen(limits[i].field) == length && memcmp(limits[i].field, name, length) == 0))
            return &limits[i];
    return NULL;
}

static bool parse_limit(const struct limit *limit, const char *text, double *number)
{
    int64_t bytes;

    if (!limit->bytes)
        return value_parse_number(text, number);
    if (!value_parse_bytes(text, &bytes))
        return false;
    *number = (double)bytes;
    return true;
}

static struct error *read_limit(const char *word, cJSON *group)
{
    size_t length = strcspn(word, "=");
    const struct limit *limit = find_limit(word, length);
    double number;

    if (limit == NULL || word[length] != '=')
        return error_new(ERROR_INVALID, "--limit",
                         "--limit takes cpus, memory, pids, disk or output with a value, for "
                         "example --limit memory=256M; got \"%s\".",
                         word);
    if (!parse_limit(limit, word + length + 1, &number))
        return error_new(ERROR_INVALID, "--limit", "--limit %s: \"%s\" is not %s.", limit->name,
                         word + length + 1,
                         limit->bytes ? "a size such as 1048576, 512K, 256M or 1G" : "a number");
    cJSON_DeleteItemFromObjectCaseSensitive(group, limit->field);
    return must_be(cJSON_AddNumberToObject(group, limit->field, number) != NULL);
}

/* ---- -e, --label ---- */

/* The last one counts. */
static struct error *put_text(cJSON *group, const char *name, size_t length, const char *value)
{
    char *key = strndup(name, length);
    bool added;

    if (key == NULL)
        return no_memory();
    cJSON_DeleteItemFromObjectCaseSensitive(group, key);
    added = cJSON_AddStringToObject(group, key, value) != NULL;
    free(key);
    return must_be(added);
}

static const char *find_variable(char **environment, const char *name)
{
    size_t length = strlen(name);

    for (; *environment != NULL; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return NULL;
}

static struct error *read_variable(const char *word, char **environment, cJSON *group)
{
    size_t length = strcspn(word, "=");
    const char *value = word[length] == '=' ? word + length + 1 : find_variable(environment, word);

    if (length == 0)
        return error_new(ERROR_INVALID, "--env",
                         "-e takes NAME=VALUE, or the NAME of a variable that is set here; got "
                         "\"%s\".",
                         word);
    if (value == NULL)
        return error_new(ERROR_INVALID, "--env",
                         "-e %s: no such variable is set here; say -e %s=VALUE.", word, word);
    return put_text(group, word, length, value);
}

static struct error *read_label(const char *word, cJSON *group)
{
    size_t length = strcspn(word, "=");

    if (length == 0 || word[length] != '=')
        return error_new(ERROR_INVALID, "--label", "--label takes KEY=VALUE; got \"%s\".", word);
    return put_text(group, word, length, word + length + 1);
}

/* ---- all of it ---- */

/* The JSON that grows while options are read. */
struct growing {
    cJSON *root, *limits, *env, *labels, *args;
};

static struct error *growing_make(struct growing *growing)
{
    growing->root = cJSON_CreateObject();
    growing->limits = cJSON_AddObjectToObject(growing->root, "limits");
    growing->env = cJSON_AddObjectToObject(growing->root, "env");
    growing->labels = cJSON_AddObjectToObject(growing->root, "labels");
    growing->args = cJSON_AddArrayToObject(growing->root, "args");
    return must_be(growing->limits != NULL && growing->env != NULL && growing->labels != NULL &&
                   growing->args != NULL);
}

static struct error *put_option(cJSON *root, const char *key, const char *value)
{
    return put_text(root, key, strlen(key), value);
}

static struct error *take(const struct cli_said *said, char **environment,
                          struct run_arguments *arguments, struct growing *growing)
{
    switch (said->id) {
    case RUN_REQUEST:
        arguments->request = said->value;
        return NULL;
    case RUN_INPUT:
        arguments->input = said->value;
        return NULL;
    case RUN_OUTPUT:
        arguments->output = said->value;
        return NULL;
    case RUN_RUNTIME:
        arguments->runtime = said->value;
        return NULL;
    case RUN_JOB_ID:
        arguments->job_id = said->value;
        return NULL;
    case RUN_JSON:
        arguments->json = true;
        return NULL;
    case RUN_QUIET:
        arguments->quiet = true;
        return NULL;
    case RUN_TIMEOUT:
        return read_timeout(said->value, arguments);
    case RUN_LIMIT:
        return read_limit(said->value, growing->limits);
    case RUN_ENV:
        return read_variable(said->value, environment, growing->env);
    case RUN_LABEL:
        return read_label(said->value, growing->labels);
    case RUN_PROFILE:
        return put_option(growing->root, "profile", said->value);
    default:
        return put_option(growing->root, "network", said->value);
    }
}

static struct error *read_words(const struct cli *cli, struct run_arguments *arguments)
{
    if (cli->word_count == 0)
        return error_new(ERROR_INVALID, NULL,
                         "Name the script to run: maps-backend run SCRIPT; - is standard input.");
    if (cli->word_count > 1)
        return error_new(ERROR_INVALID, NULL,
                         "There is one script to run, but also \"%s\". The script's own arguments "
                         "come after --.",
                         cli->words[1]);
    arguments->script = cli->words[0];
    if (arguments->request != NULL && strcmp(arguments->script, "-") == 0 &&
        strcmp(arguments->request, "-") == 0)
        return error_new(ERROR_INVALID, NULL,
                         "Standard input can be the script or the request, not both.");
    return NULL;
}

static struct error *read_rest(const struct cli *cli, cJSON *args)
{
    for (char **word = cli->rest; *word != NULL; word++) {
        cJSON *item = cJSON_CreateString(*word);

        if (item == NULL || !cJSON_AddItemToArray(args, item)) {
            cJSON_Delete(item);
            return no_memory();
        }
    }
    return NULL;
}

struct error *run_arguments_read(const struct cli *cli, char **environment,
                                 struct run_arguments *arguments)
{
    struct growing growing = { .root = NULL };
    struct error *err = growing_make(&growing);

    memset(arguments, 0, sizeof(*arguments));
    for (size_t i = 0; i < cli->said_count && err == NULL; i++)
        err = take(&cli->said[i], environment, arguments, &growing);
    if (err == NULL)
        err = read_words(cli, arguments);
    if (err == NULL)
        err = read_rest(cli, growing.args);
    if (err == NULL) {
        arguments->options = cJSON_PrintUnformatted(growing.root);
        err = must_be(arguments->options != NULL);
    }
    cJSON_Delete(growing.root);
    return err;
}

void run_arguments_clear(struct run_arguments *arguments)
{
    free(arguments->options);
    memset(arguments, 0, sizeof(*arguments));
}
