/* SPDX-License-Identifier: Apache-2.0 */
#include "init_spec.h"

#include "protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Variables that say where things are: a job must not be able to make them lie. */
static const char *const fixed[] = {
    "MAPS_REQUEST=/job/request.json",
    "MAPS_INPUT=/job/input",
    "MAPS_OUTPUT=/job/output",
};
/* Variables that a job may set otherwise. */
static const char *const defaults[] = { "HOME=/tmp", "LANG=C.UTF-8" };

#define JOB_ID_KEY "MAPS_JOB_ID="
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* "NAME=..." and "NAME=..." set the same variable. */
static bool same_variable(const char *a, const char *b)
{
    const char *equals = strchr(a, '=');
    size_t length = equals == NULL ? strlen(a) : (size_t)(equals - a);

    return strncmp(a, b, length) == 0 && (b[length] == '=' || b[length] == '\0');
}

static bool is_fixed(const char *variable)
{
    for (size_t i = 0; i < LENGTH(fixed); i++) {
        if (same_variable(fixed[i], variable))
            return true;
    }
    return same_variable(JOB_ID_KEY, variable);
}

/* env: may be NULL */
static bool is_set(const char *const *env, const char *variable)
{
    for (; env != NULL && *env != NULL; env++) {
        if (same_variable(variable, *env))
            return true;
    }
    return false;
}

static void put(FILE *out, const char *key, const char *value)
{
    (void)fprintf(out, "%s=%s%c", key, value, '\0');
}

/* 0 means "no limit": left out. */
static void put_number(FILE *out, const char *key, uint64_t value)
{
    if (value > 0)
        (void)fprintf(out, "%s=%" PRIu64 "%c", key, value, '\0');
}

static void put_settings(FILE *out, const struct init_spec_options *options)
{
    put_number(out, "attempt", options->job->attempt);
    put_number(out, "timeout_ms", options->timeout_ms);
    put_number(out, "output_bytes", options->job->limits->output_bytes);
    put_number(out, "nproc", options->nproc);
    put_number(out, "nofile", options->nofile);
    put_number(out, "fsize", options->fsize);
    put_number(out, "disk_bytes", options->disk_bytes);
    put(out, "passthrough", options->passthrough ? "1" : "0");
    put(out, "cwd", "/job/output");
    for (const char *const *path = options->writable; path != NULL && *path != NULL; path++)
        put(out, "writable", *path);
}

static void put_arguments(FILE *out, const struct maps_job *job)
{
    for (const char *const *word = job->profile->command; *word != NULL; word++)
        put(out, "arg", *word);
    (void)fprintf(out, "arg=/job/%s%c", job->profile->script_name, '\0');
    for (const char *const *word = job->args; *word != NULL; word++)
        put(out, "arg", *word);
}

static bool is_default(const char *variable)
{
    for (size_t i = 0; i < LENGTH(defaults); i++) {
        if (same_variable(defaults[i], variable))
            return true;
    }
    return false;
}

/* An image may also hold names without a value, which mean nothing. */
static void put_base_environment(FILE *out, const struct init_spec_options *options)
{
    const char *const *variable = options->base_env;

    for (; variable != NULL && *variable != NULL; variable++) {
        if (strchr(*variable, '=') != NULL && !is_fixed(*variable) && !is_default(*variable) &&
            !is_set(options->job->env, *variable))
            put(out, "env", *variable);
    }
}

static void put_environment(FILE *out, const struct init_spec_options *options)
{
    const struct maps_job *job = options->job;

    put_base_environment(out, options);
    if (options->path_variable != NULL && !is_set(job->env, "PATH=") &&
        !is_set(options->base_env, "PATH="))
        (void)fprintf(out, "env=PATH=%s%c", options->path_variable, '\0');
    for (size_t i = 0; i < LENGTH(defaults); i++) {
        if (!is_set(job->env, defaults[i]))
            put(out, "env", defaults[i]);
    }
    (void)fprintf(out, "env=" JOB_ID_KEY "%s%c", job->job_id, '\0');
    for (size_t i = 0; i < LENGTH(fixed); i++)
        put(out, "env", fixed[i]);
    for (const char *const *variable = job->env; *variable != NULL; variable++) {
        if (!is_fixed(*variable))
            put(out, "env", *variable);
    }
}

char *init_spec_build(const struct init_spec_options *options, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);

    if (out == NULL)
        return NULL;
    (void)fprintf(out, MAPS_INIT_SPEC_MAGIC "%c", '\0');
    put_settings(out, options);
    put_arguments(out, options->job);
    put_environment(out, options);
    bool failed = ferror(out) != 0;

    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
