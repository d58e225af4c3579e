/* SPDX-License-Identifier: Apache-2.0 */
#include "job/admission.h"

#include "job/admission_parts.h"
#include "job/json_canonical.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many unknown keys a message names. */
enum { NAMED_KEYS_MAX = 16 };

const cJSON *admission_member(const cJSON *object, const char *key)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsNull(member) ? NULL : member;
}

struct error *admission_string(const cJSON *object, const char *key, const char **text)
{
    const cJSON *member = admission_member(object, key);

    *text = cJSON_GetStringValue(member);
    if (member != NULL && *text == NULL)
        return error_new(ERROR_INVALID, key, "%s must be a string.", key);
    return NULL;
}

struct error *admission_no_memory(void)
{
    return error_errno(ENOMEM, "The request cannot be read");
}

struct error *admission_copy(const char *text, char **copy)
{
    *copy = strdup(text);
    return *copy == NULL ? admission_no_memory() : NULL;
}

/* ---- keys ---- */

static bool is_known(const char *key, const char *const known[])
{
    for (size_t i = 0; known[i] != NULL; i++) {
        if (strcmp(known[i], key) == 0)
            return true;
    }
    return false;
}

static size_t name_unknown(const cJSON *object, const char *const known[], const char *prefix,
                           FILE *out)
{
    const cJSON *member;
    size_t count = 0;

    cJSON_ArrayForEach (member, object) {
        if (is_known(member->string, known))
            continue;
        if (count < NAMED_KEYS_MAX)
            (void)fprintf(out, "%s%s\"%.*s\"", count == 0 ? "" : ", ", prefix,
                          SHORT(member->string));
        count++;
    }
    if (count > NAMED_KEYS_MAX)
        (void)fprintf(out, " and %zu more", count - NAMED_KEYS_MAX);
    return count;
}

static struct error *unknown_keys(const cJSON *object, const char *const known[],
                                  const char *prefix, const char *names)
{
    char field[160] = "", *allowed = NULL;
    size_t size = 0;
    const cJSON *first = object->child;

    while (is_known(first->string, known))
        first = first->next;
    (void)snprintf(field, sizeof(field), "%s%.*s", prefix, SHORT(first->string));
    FILE *out = open_memstream(&allowed, &size);
    if (out == NULL)
        return admission_no_memory();
    for (size_t i = 0; known[i] != NULL; i++)
        (void)fprintf(out, "%s%s", i == 0 ? "" : ", ", known[i]);
    (void)fclose(out);
    struct error *err = error_new(ERROR_INVALID, field, "Unknown keys: %s. Known ones are: %s.",
                                  names, allowed == NULL ? "" : allowed);
    free(allowed);
    return err;
}

struct error *admission_check_keys(const cJSON *object, const char *const known[],
                                   const char *prefix)
{
    char *names = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&names, &size);

    if (out == NULL)
        return admission_no_memory();
    size_t count = name_unknown(object, known, prefix, out);
    (void)fclose(out);
    struct error *err = NULL;
    if (names == NULL)
        err = admission_no_memory();
    else if (count > 0)
        err = unknown_keys(object, known, prefix, names);
    free(names);
    return err;
}

/* ---- the whole ---- */

static const char *const known_fields[] = {
    "script_content", "script_path", "request_json", "request_path", "files",
    "input_path",     "output_path", "timeout",      "limits",       "env",
    "args",           "profile",     "runtime",      "network",      "labels",
    "priority",       "job_id",      "callback_url", NULL,
};

/* Part of the interface, but not to be had here: better refused than ignored. */
static struct error *refuse_unavailable(const cJSON *root)
{
    if (admission_member(root, "callback_url") != NULL)
        return error_new(ERROR_INVALID, "callback_url",
                         "callback_url is not available in this version. Ask for the job with "
                         "?wait=SECONDS instead.");
    return NULL;
}

static struct error *read_fields(struct admission *admission)
{
    /* In this order: later parts need the profile and the runtime. */
    static struct error *(*const parts[])(struct admission *) = {
        admission_read_job_id,   admission_read_profile, admission_read_runtime,
        admission_read_network,  admission_read_script,  admission_read_request,
        admission_read_paths,    admission_read_files,   admission_read_spec,
        admission_read_timeout,  admission_read_limits,  admission_read_labels,
        admission_read_priority,
    };
    struct error *err = NULL;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && err == NULL; i++)
        err = parts[i](admission);
    return err;
}

static struct submission *submission_new(void)
{
    struct submission *submission = calloc(1, sizeof(*submission));

    if (submission == NULL)
        return NULL;
    submission->record = job_record_new();
    if (submission->record == NULL) {
        free(submission);
        return NULL;
    }
    return submission;
}

static struct error *read_root(struct admission *admission, cJSON *root)
{
    if (!cJSON_IsObject(root))
        return error_new(ERROR_MALFORMED, NULL,
                         "The body must be a JSON object, such as {\"script_content\": \"...\"}.");
    struct error *err = json_sort(root);
    if (err == NULL)
        err = admission_check_keys(root, known_fields, "");
    if (err == NULL)
        err = refuse_unavailable(root);
    admission->root = root;
    if (err == NULL)
        err = read_fields(admission);
    return err == NULL ? admission_read_digest(admission, root) : err;
}

/* Takes the tree, and answers with what was read from it. */
static struct error *read_tree(struct admission *admission, cJSON *root,
                               struct submission **submission)
{
    admission->out = submission_new();
    struct error *err =
        root == NULL || admission->out == NULL ? admission_no_memory() : read_root(admission, root);

    cJSON_Delete(root);
    if (err == NULL)
        *submission = admission->out;
    else
        submission_free(admission->out);
    return err;
}

struct error *admission_parse(const char *body, size_t length, const struct admission_rules *rules,
                              struct submission **submission)
{
    struct admission admission = { .rules = rules };
    struct error *err = json_check(body, length, "request_json", &admission.request);

    *submission = NULL;
    if (err != NULL)
        return err;
    /* What passed the check can be parsed, if there is memory. */
    return read_tree(&admission, cJSON_ParseWithLength(body, length), submission);
}

struct error *admission_parse_parts(const struct submission_parts *parts,
                                    const struct admission_rules *rules,
                                    struct submission **submission)
{
    struct admission admission = { .rules = rules, .parts = parts };
    cJSON *root = NULL;
    struct error *err = admission_join_parts(&admission, &root);

    *submission = NULL;
    return err == NULL ? read_tree(&admission, root, submission) : err;
}

void submission_free(struct submission *submission)
{
    if (submission == NULL)
        return;
    job_record_free(submission->record);
    free(submission->script);
    free(submission->request);
    for (size_t i = 0; i < submission->file_count; i++) {
        free(submission->files[i].path);
        free(submission->files[i].bytes);
        free(submission->files[i].staged);
    }
    free(submission->files);
    free(submission);
}
