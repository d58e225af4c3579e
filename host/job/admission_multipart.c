/* SPDX-License-Identifier: Apache-2.0 */
/* Admission of what came in parts: the same submission as in JSON, from other places. */
#include "job/admission_parts.h"
#include "job/json_canonical.h"

#include <stdlib.h>
#include <string.h>

static struct error *said_twice(const char *part, const char *key)
{
    return error_new(ERROR_INVALID, part,
                     "There are a part %s and %s in options; send one of them.", part, key);
}

struct error *admission_in_part(struct error *err, const char *part, bool always)
{
    if (err == NULL || (err->field != NULL && !always))
        return err;
    struct error *placed = error_new(err->kind, part, "%s: %s", part, err->message);

    error_free(err);
    return placed;
}

static struct error *parse_text(const struct submission_text *text, const char *part, bool always,
                                cJSON **value)
{
    struct json_span unused;
    struct error *err =
        admission_in_part(json_check(text->bytes, text->length, "", &unused), part, always);

    if (err != NULL)
        return err;
    *value = cJSON_ParseWithLength(text->bytes, text->length);
    return *value == NULL ? admission_no_memory() : NULL;
}

/* The options, or an empty object. */
static struct error *parse_options(const struct submission_text *options, cJSON **root)
{
    struct error *err = NULL;

    if (options->given)
        err = parse_text(options, "options", false, root);
    else
        *root = cJSON_CreateObject();
    if (err == NULL && *root == NULL)
        err = admission_no_memory();
    if (err == NULL && !cJSON_IsObject(*root))
        err = error_new(ERROR_MALFORMED, "options",
                        "options must be a JSON object, such as {\"timeout\": 60}.");
    return err;
}

/* The request goes where JSON has it; its own text is kept, as for JSON. */
static struct error *join_request(struct admission *admission, cJSON *root)
{
    const struct submission_text *text = &admission->parts->request;
    cJSON *request = NULL;
    struct error *err;

    if (admission_member(root, "request_json") != NULL)
        return said_twice("request", "request_json");
    err = parse_text(text, "request", true, &request);
    if (err == NULL)
        err = admission_in_part(json_sort(request), "request", true);
    cJSON_DeleteItemFromObjectCaseSensitive(root, "request_json"); /* a null */
    if (err == NULL && !cJSON_AddItemToObject(root, "request_json", request))
        err = admission_no_memory();
    if (err != NULL) {
        cJSON_Delete(request);
        return err;
    }
    admission->request = (struct json_span){ text->bytes, text->length };
    return NULL;
}

struct error *admission_join_parts(struct admission *admission, cJSON **root)
{
    const struct submission_parts *parts = admission->parts;
    struct error *err = parse_options(&parts->options, root);

    if (err == NULL && parts->request.given)
        err = join_request(admission, *root);
    if (err != NULL) {
        cJSON_Delete(*root);
        *root = NULL;
    }
    return err;
}

struct error *admission_read_script_part(struct admission *admission)
{
    const struct submission_text *script = &admission->parts->script;
    struct submission *out = admission->out;

    if (admission_member(admission->root, "script_content") != NULL)
        return said_twice("script", "script_content");
    if (script->length == 0)
        return error_new(ERROR_INVALID, "script", "The part script is empty: send the script.");
    out->script = malloc(script->length + 1);
    if (out->script == NULL)
        return admission_no_memory();
    memcpy(out->script, script->bytes, script->length + 1);
    out->script_length = script->length;
    return NULL;
}

static struct error *read_file_part(const struct staged_file *part, size_t index,
                                    struct submission_file *file)
{
    struct error *err = admission_check_path(index, part->path);

    if (err == NULL)
        err = admission_copy(part->path, &file->path);
    file->length = part->length;
    return err == NULL ? admission_copy(part->staged, &file->staged) : err;
}

struct error *admission_read_file_parts(struct admission *admission)
{
    const struct submission_parts *parts = admission->parts;
    struct submission *out = admission->out;
    struct error *err = NULL;

    if (admission_member(admission->root, "files") != NULL)
        return said_twice("files", "files");
    out->files = calloc(parts->file_count, sizeof(*out->files));
    if (out->files == NULL)
        return admission_no_memory();
    while (err == NULL && out->file_count < parts->file_count) {
        size_t index = out->file_count++;

        err = read_file_part(&parts->files[index], index, &out->files[index]);
    }
    return err == NULL ? submission_check_clashes(out) : err;
}
