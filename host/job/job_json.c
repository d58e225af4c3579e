/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job_json.h"

#include "base/clock.h"
#include "job/json_check.h"
#include "job/utf8_repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each add_* answers false when memory is short; the document is then given up. */

static bool add_item(cJSON *object, const char *key, cJSON *item)
{
    if (item == NULL)
        return false;
    if (cJSON_AddItemToObject(object, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static bool add_text(cJSON *object, const char *key, const char *text)
{
    if (text == NULL)
        return cJSON_AddNullToObject(object, key) != NULL;
    char *valid = utf8_repair(text, strlen(text));
    bool added = valid != NULL && cJSON_AddStringToObject(object, key, valid) != NULL;

    free(valid);
    return added;
}

/* Whole numbers go in as text: cJSON's doubles end at 2^53. */
static bool add_integer(cJSON *object, const char *key, int64_t value, bool known)
{
    char text[24];

    if (!known)
        return cJSON_AddNullToObject(object, key) != NULL;
    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    return cJSON_AddRawToObject(object, key, text) != NULL;
}

static bool add_bytes(cJSON *object, const char *key, uint64_t value, bool known)
{
    char text[24];

    if (!known)
        return cJSON_AddNullToObject(object, key) != NULL;
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    return cJSON_AddRawToObject(object, key, text) != NULL;
}

static bool add_time(cJSON *object, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    if (wall_ms == 0)
        return cJSON_AddNullToObject(object, key) != NULL;
    clock_format_ms(wall_ms, text);
    return cJSON_AddStringToObject(object, key, text) != NULL;
}

/* Thousandths as a decimal number: seconds of milliseconds, CPUs of millis. */
static bool add_thousandths(cJSON *object, const char *key, uint64_t value, bool known)
{
    if (!known)
        return cJSON_AddNullToObject(object, key) != NULL;
    return cJSON_AddNumberToObject(object, key, (double)value / 1000.0) != NULL;
}

cJSON *limits_json(const struct maps_limits *limits)
{
    cJSON *object = cJSON_CreateObject();

    if (object != NULL &&
        add_thousandths(object, "cpus", limits->cpu_millis, limits->cpu_millis != 0) &&
        add_bytes(object, "memory_bytes", limits->memory_bytes, limits->memory_bytes != 0) &&
        add_bytes(object, "pids", limits->pids, limits->pids != 0) &&
        add_bytes(object, "disk_bytes", limits->disk_bytes, limits->disk_bytes != 0) &&
        add_bytes(object, "output_bytes", limits->output_bytes, limits->output_bytes != 0))
        return object;
    cJSON_Delete(object);
    return NULL;
}

static cJSON *limit_names_json(uint32_t mask)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } limits[] = { { MAPS_LIMIT_CPU, "cpus" },
                   { MAPS_LIMIT_MEMORY, "memory_bytes" },
                   { MAPS_LIMIT_PIDS, "pids" },
                   { MAPS_LIMIT_DISK, "disk_bytes" },
                   { MAPS_LIMIT_OUTPUT, "output_bytes" } };
    cJSON *names = cJSON_CreateArray();

    for (size_t i = 0; names != NULL && i < sizeof(limits) / sizeof(limits[0]); i++) {
        if ((mask & limits[i].bit) == 0)
            continue;
        cJSON *name = cJSON_CreateString(limits[i].name);
        if (name == NULL || !cJSON_AddItemToArray(names, name)) {
            cJSON_Delete(name);
            cJSON_Delete(names);
            return NULL;
        }
    }
    return names;
}

static cJSON *timings_json(const struct job_timings *timings)
{
    cJSON *object = cJSON_CreateObject();

    if (object != NULL && add_integer(object, "queued", timings->queued, timings->queued >= 0) &&
        add_integer(object, "prepare", timings->prepare, timings->prepare >= 0) &&
        add_integer(object, "start", timings->start, timings->start >= 0) &&
        add_integer(object, "run", timings->run, timings->run >= 0) &&
        add_integer(object, "collect", timings->collect, timings->collect >= 0))
        return object;
    cJSON_Delete(object);
    return NULL;
}

static cJSON *labels_json(const char *labels)
{
    cJSON *object = labels != NULL ? cJSON_Parse(labels) : NULL;

    if (cJSON_IsObject(object))
        return object;
    cJSON_Delete(object);
    return cJSON_CreateObject();
}

static cJSON *output_file_json(const struct output_file *file)
{
    cJSON *object = cJSON_CreateObject();

    if (object != NULL && add_text(object, "path", file->path) &&
        add_bytes(object, "size", file->size, true) &&
        add_time(object, "modified_at", file->modified_ms))
        return object;
    cJSON_Delete(object);
    return NULL;
}

cJSON *output_files_json(const struct output_file *files, size_t count)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; list != NULL && i < count; i++) {
        cJSON *file = output_file_json(&files[i]);

        if (file == NULL || !cJSON_AddItemToArray(list, file)) {
            cJSON_Delete(file);
            cJSON_Delete(list);
            return NULL;
        }
    }
    return list;
}

static bool add_state(cJSON *object, const struct job_record *record, const char *progress)
{
    bool exited = record->exit_code >= 0;
    const char *message = record->message;

    if ((message == NULL || message[0] == '\0') && !job_status_terminal(record->status))
        message = progress;
    return add_text(object, "job_id", record->id) &&
           add_text(object, "status", job_status_name(record->status)) &&
           add_text(object, "reason", job_reason_name(record->reason)) &&
           add_integer(object, "exit_code", record->exit_code, exited) &&
           add_integer(object, "signal", record->signal, record->signal != 0) &&
           add_text(object, "message", message);
}

static bool add_request(cJSON *object, const struct job_record *record)
{
    return add_text(object, "runtime", record->runtime) &&
           add_text(object, "runner_type", record->runner_type) &&
           add_text(object, "profile", record->profile) &&
           add_text(object, "image", record->image) &&
           add_time(object, "created_at", record->created_ms) &&
           add_time(object, "started_at", record->started_ms) &&
           add_time(object, "finished_at", record->finished_ms) &&
           add_item(object, "timings_ms", timings_json(&record->timings)) &&
           add_thousandths(object, "timeout", record->timeout_ms, true) &&
           add_item(object, "limits", limits_json(&record->limits)) &&
           add_item(object, "limits_best_effort", limit_names_json(record->limits_best_effort)) &&
           add_item(object, "labels", labels_json(record->labels)) &&
           add_integer(object, "priority", record->priority, true) &&
           add_text(object, "network", record->network) &&
           add_integer(object, "attempt", (int64_t)record->attempt, true);
}

/* Only what was said: most jobs have none. */
static bool add_paths(cJSON *object, const struct job_record *record)
{
    const struct {
        const char *key, *path;
    } paths[] = { { "script_path", record->script_path },
                  { "request_path", record->request_path },
                  { "input_path", record->input_path },
                  { "output_path", record->output_path } };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (paths[i].path != NULL && !add_text(object, paths[i].key, paths[i].path))
            return false;
    }
    return record->output_path == NULL || add_text(object, "output_error", record->output_error);
}

static bool add_logs(cJSON *object, const struct job_record *record,
                     const struct job_json_extras *extras)
{
    char url[sizeof("/api/jobs//logs") + JOB_ID_MAX];

    if (cJSON_AddBoolToObject(object, "logs_truncated", record->logs_truncated) == NULL ||
        cJSON_AddBoolToObject(object, "logs_damaged", record->logs_damaged) == NULL)
        return false;
    (void)snprintf(url, sizeof(url), "/api/jobs/%s/logs", record->id);
    if (cJSON_AddStringToObject(object, "logs_url", url) == NULL)
        return false;
    if (extras->logs == NULL)
        return true;
    char *text = utf8_repair(extras->logs, extras->logs_length);
    bool added = text != NULL && cJSON_AddStringToObject(object, "logs", text) != NULL &&
                 cJSON_AddBoolToObject(object, "logs_cut", extras->logs_cut) != NULL;

    free(text);
    return added;
}

/* Put in as it is, so that numbers keep their precision: hence the strict check. */
static bool add_result(cJSON *object, const struct job_json_extras *extras)
{
    struct json_span unused;

    if (extras->result == NULL)
        return true;
    struct error *unfit = json_check(extras->result, extras->result_length, "", &unused);
    if (unfit != NULL) {
        error_free(unfit);
        return true;
    }
    char *text = strndup(extras->result, extras->result_length);
    bool added = text != NULL && cJSON_AddRawToObject(object, "result", text) != NULL;

    free(text);
    return added;
}

static bool add_outputs(cJSON *object, const struct job_json_extras *extras)
{
    if (!extras->has_files && extras->files == NULL)
        return true;
    return add_item(object, "output_files", output_files_json(extras->files, extras->file_count)) &&
           cJSON_AddBoolToObject(object, "output_files_more", extras->files_more) != NULL;
}

cJSON *job_json(const struct job_record *record, const struct job_json_extras *extras)
{
    static const struct job_json_extras none = { 0 };
    cJSON *object = cJSON_CreateObject();

    if (extras == NULL)
        extras = &none;
    if (object != NULL && add_state(object, record, extras->progress) &&
        add_request(object, record) && add_paths(object, record) &&
        add_logs(object, record, extras) && add_outputs(object, extras) &&
        add_result(object, extras))
        return object;
    cJSON_Delete(object);
    return NULL;
}
