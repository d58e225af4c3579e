/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: what the script is started with, kept as the record's spec:
 * {"args": [...], "env": {...}, "command": [...]}. */
#include "config/text_checks.h"
#include "job/admission_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A kernel takes no single string of more than 128 KiB; the totals leave room for what
 * the host and the engine add. */
enum { ARGS_MAX = 1024, ARGS_MAX_BYTES = 65536, ENV_MAX_BYTES = 65536 };

static struct error *check_args(const cJSON *args)
{
    const cJSON *arg;
    size_t total = 0;
    int index = 0;
    char field[32];

    if (!cJSON_IsArray(args) || cJSON_GetArraySize(args) > ARGS_MAX)
        return error_new(ERROR_INVALID, "args", "args must be a list of at most %d strings.",
                         ARGS_MAX);
    cJSON_ArrayForEach (arg, args) {
        (void)snprintf(field, sizeof(field), "args[%d]", index++);
        if (!cJSON_IsString(arg))
            return error_new(ERROR_INVALID, field, "%s must be a string.", field);
        total += strlen(arg->valuestring) + 1;
    }
    if (total > ARGS_MAX_BYTES)
        return error_new(ERROR_INVALID, "args",
                         "args are %zu bytes together, at most %d are allowed. Put large data into "
                         "request_json or files.",
                         total, ARGS_MAX_BYTES);
    return NULL;
}

static struct error *check_variable(const cJSON *variable)
{
    char field[160];

    (void)snprintf(field, sizeof(field), "env.%.*s", SHORT(variable->string));
    if (!text_is_variable_name(variable->string, strlen(variable->string)))
        return error_new(ERROR_INVALID, field,
                         "The variable name \"%.*s\" must be at most %d letters, digits and _, and "
                         "not begin with a digit.",
                         SHORT(variable->string), VARIABLE_NAME_MAX);
    if (strncmp(variable->string, "MAPS_", 5) == 0)
        return error_new(ERROR_INVALID, field,
                         "Variables that begin with MAPS_ are set by the host. Choose another name "
                         "for \"%.*s\".",
                         SHORT(variable->string));
    if (!cJSON_IsString(variable))
        return error_new(ERROR_INVALID, field, "%s must be a string.", field);
    return NULL;
}

static struct error *check_env(const cJSON *env)
{
    const cJSON *variable;
    size_t total = 0;

    if (!cJSON_IsObject(env))
        return error_new(ERROR_INVALID, "env",
                         "env must be an object of strings, such as {\"LANG\": \"C\"}.");
    cJSON_ArrayForEach (variable, env) {
        struct error *err = check_variable(variable);

        if (err != NULL)
            return err;
        total += strlen(variable->string) + strlen(variable->valuestring) + 2;
    }
    if (total > ENV_MAX_BYTES)
        return error_new(ERROR_INVALID, "env",
                         "env is %zu bytes, at most %d are allowed. Put large data into "
                         "request_json or files.",
                         total, ENV_MAX_BYTES);
    return NULL;
}

/* Adds `item` (NULL: there was no memory for it) to the object. */
static bool add(cJSON *spec, const char *key, cJSON *item)
{
    if (cJSON_AddItemToObject(spec, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

/* Adds "NAME=value" unless the job has that variable itself.  False: out of memory. */
static bool add_variable(cJSON *env, const char *variable)
{
    size_t length = strcspn(variable, "=");
    char *name = strndup(variable, length);
    bool added =
        name != NULL && (cJSON_GetObjectItemCaseSensitive(env, name) != NULL ||
                         cJSON_AddStringToObject(env, name, variable + length + 1) != NULL);

    free(name);
    return added;
}

/* The profile's variables, and over them the job's own.  NULL: out of memory. */
static cJSON *merge_env(const struct profile *profile, const cJSON *env)
{
    cJSON *merged = env == NULL ? cJSON_CreateObject() : cJSON_Duplicate(env, true);
    char *const *variable = profile->environment;

    while (merged != NULL && variable != NULL && *variable != NULL) {
        if (!add_variable(merged, *variable++)) {
            cJSON_Delete(merged);
            merged = NULL;
        }
    }
    return merged;
}

static char *print_spec(const cJSON *args, const cJSON *env, const struct profile *profile)
{
    const char *const *command = profile->public.command;
    cJSON *spec = cJSON_CreateObject();
    int count = 0;
    char *text = NULL;

    while (command != NULL && command[count] != NULL)
        count++;
    if (add(spec, "args", args == NULL ? cJSON_CreateArray() : cJSON_Duplicate(args, true)) &&
        add(spec, "env", merge_env(profile, env)) &&
        add(spec, "command",
            count == 0 ? cJSON_CreateArray() : cJSON_CreateStringArray(command, count)))
        text = cJSON_PrintUnformatted(spec);
    cJSON_Delete(spec);
    return text;
}

struct error *admission_read_spec(struct admission *admission)
{
    const cJSON *args = admission_member(admission->root, "args");
    const cJSON *env = admission_member(admission->root, "env");
    char **spec = &admission->out->record->spec;
    struct error *err = args == NULL ? NULL : check_args(args);

    if (err == NULL && env != NULL)
        err = check_env(env);
    if (err != NULL)
        return err;
    *spec = print_spec(args, env, admission->profile);
    return *spec == NULL ? admission_no_memory() : NULL;
}
