/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/submission.h"

#include "job/json_check.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct error *no_memory(void)
{
    return error_errno(ENOMEM, "Preparing the job");
}

static struct error *check_json(const char *name, const char *text)
{
    struct json_span ignored;
    struct error *err = text == NULL ? NULL : json_check(text, strlen(text), "", &ignored);

    return err == NULL ? NULL : error_wrap(err, "%s", name);
}

static struct error *read_options(const char *text, cJSON **object)
{
    struct error *err = check_json("options", text);

    if (err != NULL)
        return err;
    *object = text == NULL ? cJSON_CreateObject() : cJSON_Parse(text);
    if (*object == NULL)
        return no_memory();
    if (cJSON_IsObject(*object))
        return NULL;
    return error_new(ERROR_INVALID, "options",
                     "options must be a JSON object, such as {\"env\": {\"LANG\": \"C\"}}.");
}

/* Takes over value; NULL: there was no memory for it. */
static struct error *add(cJSON *object, const char *key, cJSON *value)
{
    if (cJSON_GetObjectItemCaseSensitive(object, key) != NULL) {
        cJSON_Delete(value);
        return error_new(ERROR_INVALID, key, "options may not say %s: it is said elsewhere.", key);
    }
    if (value != NULL && cJSON_AddItemToObject(object, key, value))
        return NULL;
    cJSON_Delete(value);
    return no_memory();
}

static struct error *add_texts(cJSON *object, const struct submission_arguments *arguments)
{
    const struct {
        const char *key, *text;
    } texts[] = { { "job_id", arguments->job_id },
                  { "runtime", arguments->runtime },
                  { "script_path", arguments->script_path },
                  { "script_content", arguments->script_content },
                  { "request_path", arguments->request_path },
                  { "input_path", arguments->input_path },
                  { "output_path", arguments->output_path } };
    struct error *err = NULL;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && err == NULL; i++)
        if (texts[i].text != NULL)
            err = add(object, texts[i].key, cJSON_CreateString(texts[i].text));
    return err;
}

static struct error *fill(cJSON *object, const struct submission_arguments *arguments)
{
    struct error *err = add_texts(object, arguments);

    /* as it was written: the numbers of a request are not ours to round */
    if (err == NULL && arguments->request_json != NULL)
        err = add(object, "request_json", cJSON_CreateRaw(arguments->request_json));
    if (err == NULL && arguments->timeout_ms != 0)
        err = add(object, "timeout", cJSON_CreateNumber((double)arguments->timeout_ms / 1000));
    return err;
}

struct error *submission_text(const struct submission_arguments *arguments, char **text)
{
    cJSON *object = NULL;
    struct error *err = check_json("request_json", arguments->request_json);

    if (err == NULL)
        err = read_options(arguments->options, &object);
    if (err == NULL)
        err = fill(object, arguments);
    if (err == NULL) {
        *text = cJSON_PrintUnformatted(object);
        if (*text == NULL)
            err = no_memory();
    }
    cJSON_Delete(object);
    return err;
}
