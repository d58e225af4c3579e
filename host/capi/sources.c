/* SPDX-License-Identifier: Apache-2.0 */
#include "capi/sources.h"

#include "runner/text_file.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct error *unusable(const char *field, const char *path, int reason)
{
    return error_new(ERROR_INVALID, field, "%s %s cannot be used: %s.", field, path,
                     strerror(reason));
}

static struct error *resolve(const char *field, const char *path, char **absolute)
{
    if (path == NULL)
        return NULL;
    *absolute = realpath(path, NULL);
    return *absolute != NULL ? NULL : unusable(field, path, errno);
}

/* A file is left to admission, which copies it as it is; what can be read but once, such as a
 * pipe of the shell's, is read here. */
static struct error *find_text(const char *field, const char *path, struct source *source)
{
    struct stat status;

    if (source->text != NULL || path == NULL)
        return NULL;
    if (stat(path, &status) != 0)
        return unusable(field, path, errno);
    if (S_ISREG(status.st_mode))
        return resolve(field, path, &source->path);
    struct error *err = text_file_read(field, path, &source->own);
    source->text = source->own;
    return err;
}

/* The last folder may be missing: it is made when the script has ended. */
static struct error *find_output(const char *path, char **absolute)
{
    struct error *err = resolve("output_path", path, absolute);

    if (err == NULL || errno != ENOENT)
        return err;
    error_free(err);
    char *copies[] = { strdup(path), strdup(path) };
    char *parent = copies[0] == NULL ? NULL : realpath(dirname(copies[0]), NULL);
    if (parent == NULL)
        err = unusable("output_path", path, errno);
    else if (copies[1] == NULL || asprintf(absolute, "%s/%s", parent, basename(copies[1])) < 0)
        err = unusable("output_path", path, ENOMEM);
    else
        err = NULL;
    free(parent);
    free(copies[0]);
    free(copies[1]);
    return err;
}

struct error *sources_find(const struct maps_run_params *run, struct sources *sources)
{
    struct error *err;

    memset(sources, 0, sizeof(*sources));
    sources->script.text = run->script_content;
    sources->request.text = run->request_json;
    err = find_text("script_path", run->script_path, &sources->script);
    if (err == NULL)
        err = find_text("request_path", run->request_path, &sources->request);
    if (err == NULL)
        err = resolve("input_path", run->input_path, &sources->input);
    if (err == NULL && run->output_path != NULL)
        err = find_output(run->output_path, &sources->output);
    return err;
}

void sources_clear(struct sources *sources)
{
    free(sources->script.path);
    free(sources->script.own);
    free(sources->request.path);
    free(sources->request.own);
    free(sources->input);
    free(sources->output);
}
