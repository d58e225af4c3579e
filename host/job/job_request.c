/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job_request.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_strings(char **strings)
{
    for (size_t i = 0; strings != NULL && strings[i] != NULL; i++)
        free(strings[i]);
    free(strings);
}

/* "text", or "name=text" for members of an object. */
static char *item_text(const cJSON *item)
{
    char *text = NULL;

    if (!cJSON_IsString(item))
        return NULL;
    if (item->string == NULL)
        return strdup(item->valuestring);
    return asprintf(&text, "%s=%s", item->string, item->valuestring) < 0 ? NULL : text;
}

/* The strings of a JSON array or object; ends with NULL.  NULL: out of memory. */
static char **strings_of(const cJSON *list)
{
    size_t count = list == NULL ? 0 : (size_t)cJSON_GetArraySize(list);
    char **strings = calloc(count + 1, sizeof(*strings));
    const cJSON *item;
    size_t i = 0;

    if (strings == NULL)
        return NULL;
    cJSON_ArrayForEach (item, list) {
        strings[i] = item_text(item);
        if (strings[i++] == NULL) {
            free_strings(strings);
            return NULL;
        }
    }
    return strings;
}

static bool read_spec(struct job_request *request, const char *text)
{
    cJSON *spec = cJSON_Parse(text);

    request->command = strings_of(cJSON_GetObjectItemCaseSensitive(spec, "command"));
    request->args = strings_of(cJSON_GetObjectItemCaseSensitive(spec, "args"));
    request->env = strings_of(cJSON_GetObjectItemCaseSensitive(spec, "env"));
    cJSON_Delete(spec);
    return request->command != NULL && request->args != NULL && request->env != NULL;
}

static bool make_paths(struct job_request *request, const struct job_record *record,
                       const struct folders *folders)
{
    const char *names[] = { record->script_name, "request.json", "input", "output",
                            "control",           "runtime" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        request->paths[i] = folder_path(folders, record->id, names[i]);
        if (request->paths[i] == NULL)
            return false;
    }
    return asprintf(&request->object_name, "runner-%s", record->id) >= 0;
}

struct error *job_request_fill(struct job_request *request, const struct job_record *record,
                               const char *owner, const struct folders *folders,
                               const struct settings *settings)
{
    memset(request, 0, sizeof(*request));
    if (!read_spec(request, record->spec) || !make_paths(request, record, folders)) {
        job_request_clear(request);
        return error_errno(ENOMEM, "Preparing job %s", record->id);
    }
    request->limits = record->limits;
    request->limits.size = sizeof(request->limits);
    request->profile = (struct maps_profile){ .size = sizeof(request->profile),
                                              .name = record->profile,
                                              .image = record->image != NULL ? record->image : "",
                                              .command = (const char *const *)request->command,
                                              .script_name = record->script_name };
    request->job = (struct maps_job){ .size = sizeof(request->job),
                                      .job_id = record->id,
                                      .object_name = request->object_name,
                                      .owner = owner,
                                      .attempt = record->attempt,
                                      .runner_uid = settings->runner_uid,
                                      .runner_gid = settings->runner_gid,
                                      .limits_required = record->limits_required,
                                      .profile = &request->profile,
                                      .limits = &request->limits,
                                      .timeout_ms = record->timeout_ms,
                                      .args = (const char *const *)request->args,
                                      .env = (const char *const *)request->env,
                                      .network = record->network,
                                      .script_file = request->paths[0],
                                      .request_file = request->paths[1],
                                      .input_dir = request->paths[2],
                                      .output_dir = request->paths[3],
                                      .control_dir = request->paths[4],
                                      .runtime_dir = request->paths[5] };
    return NULL;
}

void job_request_clear(struct job_request *request)
{
    free_strings(request->command);
    free_strings(request->args);
    free_strings(request->env);
    free(request->object_name);
    for (size_t i = 0; i < sizeof(request->paths) / sizeof(request->paths[0]); i++)
        free(request->paths[i]);
    memset(request, 0, sizeof(*request));
}
