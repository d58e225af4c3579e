/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: what the job is called, and which of the operator's offers it takes. */
#include "job/admission_parts.h"
#include "job/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRIORITY_MAX = 100, LABELS_MAX = 64, LABEL_KEY_MAX = 63, LABEL_VALUE_MAX = 255 };

struct error *admission_read_job_id(struct admission *admission)
{
    struct job_record *record = admission->out->record;
    const char *id;
    struct error *err = admission_string(admission->root, "job_id", &id);

    if (err != NULL)
        return err;
    if (id == NULL) {
        job_id_make(record->id);
        return NULL;
    }
    if (!job_id_valid(id))
        return error_new(ERROR_INVALID, "job_id",
                         "job_id must be 1 to %d lower-case letters, digits and hyphens, with no "
                         "hyphen at either end.",
                         JOB_ID_MAX);
    (void)snprintf(record->id, sizeof(record->id), "%s", id);
    return NULL;
}

/* ---- profile, runtime, network ---- */

static struct error *no_such_profile(const struct settings *settings, const char *name)
{
    char *names = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&names, &size);

    if (out == NULL)
        return admission_no_memory();
    for (size_t i = 0; i < settings->profile_count; i++)
        (void)fprintf(out, "%s%s", i == 0 ? "" : ", ", settings->profiles[i].public.name);
    (void)fclose(out);
    struct error *err =
        error_new(ERROR_INVALID, "profile", "There is no profile \"%.*s\". Choose one of: %s.",
                  SHORT(name), names == NULL ? "" : names);
    free(names);
    return err;
}

struct error *admission_read_profile(struct admission *admission)
{
    const struct settings *settings = admission->rules->settings;
    struct job_record *record = admission->out->record;
    const char *name;
    struct error *err = admission_string(admission->root, "profile", &name);

    if (err != NULL)
        return err;
    if (name == NULL)
        name = settings->default_profile;
    admission->profile = settings_profile(settings, name);
    if (admission->profile == NULL)
        return no_such_profile(settings, name);
    const struct maps_profile *public = &admission->profile->public;
    err = admission_copy(public->name, &record->profile);
    if (err == NULL)
        err = admission_copy(public->image == NULL ? "" : public->image, &record->image);
    return err == NULL ? admission_copy(public->script_name, &record->script_name) : err;
}

struct error *admission_read_runtime(struct admission *admission)
{
    const struct admission_rules *rules = admission->rules;
    struct job_record *record = admission->out->record;
    const char *name;
    struct error *err = admission_string(admission->root, "runtime", &name);

    if (err != NULL)
        return err;
    if (name == NULL)
        name = rules->default_runtime;
    if (!rules->runtime(rules->context, name, &admission->runtime))
        return error_new(ERROR_INVALID, "runtime",
                         "There is no runtime \"%.*s\" here. Choose one of: %s.", SHORT(name),
                         rules->runtime_names);
    err = admission_copy(admission->runtime.name, &record->runtime);
    if (err == NULL && admission->runtime.runner_type != NULL)
        err = admission_copy(admission->runtime.runner_type, &record->runner_type);
    return err;
}

/* A profile's own network needs no further permission. */
static bool network_allowed(const struct admission *admission, const char *name)
{
    char *const *allowed = admission->rules->settings->job_allowed_networks;
    const char *own = admission->profile->network;

    if (strcmp(name, "none") == 0 || (own != NULL && strcmp(name, own) == 0))
        return true;
    for (; allowed != NULL && *allowed != NULL; allowed++) {
        if (strcmp(*allowed, name) == 0)
            return true;
    }
    return false;
}

struct error *admission_read_network(struct admission *admission)
{
    const char *name;
    struct error *err = admission_string(admission->root, "network", &name);

    if (err != NULL)
        return err;
    if (name == NULL)
        name = admission->profile->network != NULL ? admission->profile->network : "none";
    if (!network_allowed(admission, name))
        return error_new(ERROR_INVALID, "network",
                         "The operator has not allowed the network \"%.*s\" for jobs. Leave "
                         "network out, or say \"none\".",
                         SHORT(name));
    return admission_copy(name, &admission->out->record->network);
}

/* ---- priority, labels ---- */

struct error *admission_read_priority(struct admission *admission)
{
    const cJSON *member = admission_member(admission->root, "priority");

    if (member == NULL)
        return NULL;
    double value = cJSON_IsNumber(member) ? member->valuedouble : 0.5;
    if (!(value >= -PRIORITY_MAX && value <= PRIORITY_MAX) || value != (int)value)
        return error_new(ERROR_INVALID, "priority",
                         "priority must be a whole number from -%d to %d; higher runs first.",
                         PRIORITY_MAX, PRIORITY_MAX);
    admission->out->record->priority = (int)value;
    return NULL;
}

static bool label_key_valid(const char *key)
{
    static const char ends[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static const char inside[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./";
    size_t length = strlen(key);

    return length > 0 && length <= LABEL_KEY_MAX && strspn(key, inside) == length &&
           strchr(ends, key[0]) != NULL && strchr(ends, key[length - 1]) != NULL;
}

static struct error *check_label(const cJSON *label)
{
    char field[160];
    const char *value = cJSON_GetStringValue(label);

    (void)snprintf(field, sizeof(field), "labels.%.*s", SHORT(label->string));
    if (!label_key_valid(label->string))
        return error_new(ERROR_INVALID, field,
                         "The label key \"%.*s\" must be 1 to %d letters, digits and -_./ that "
                         "begin and end with a letter or digit.",
                         SHORT(label->string), LABEL_KEY_MAX);
    if (value == NULL || strlen(value) > LABEL_VALUE_MAX)
        return error_new(ERROR_INVALID, field, "%s must be a string of at most %d bytes.", field,
                         LABEL_VALUE_MAX);
    return NULL;
}

struct error *admission_read_labels(struct admission *admission)
{
    const cJSON *labels = admission_member(admission->root, "labels"), *label;
    char **text = &admission->out->record->labels;

    if (labels == NULL)
        return admission_copy("{}", text);
    if (!cJSON_IsObject(labels) || cJSON_GetArraySize(labels) > LABELS_MAX)
        return error_new(ERROR_INVALID, "labels", "labels must be an object of at most %d strings.",
                         LABELS_MAX);
    cJSON_ArrayForEach (label, labels) {
        struct error *err = check_label(label);

        if (err != NULL)
            return err;
    }
    *text = cJSON_PrintUnformatted(labels);
    return *text == NULL ? admission_no_memory() : NULL;
}
