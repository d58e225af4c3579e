/* SPDX-License-Identifier: Apache-2.0 */
#include "container.h"

#include "container_spec.h"
#include "files.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CREATE_MS = 60000, START_MS = 120000, REMOVE_MS = 60000 };

static int answer_of(const struct engine *engine, const struct engine_reply *reply,
                     const char *what, struct fault *fault)
{
    if (reply->status < 300 || reply->status == 304)
        return CONTAINER_DONE;
    fault_set(fault, EPROTO, "%s refuses to %s: %s", engine_name(engine), what, reply->message);
    switch (reply->status) {
    case 404:
        return CONTAINER_ABSENT;
    case 409:
        return CONTAINER_CONFLICT;
    case 400:
        return CONTAINER_REFUSED;
    default:
        return -EPROTO;
    }
}

/* "/containers/<container><rest>" with a request of one kind. */
static int call(struct engine *engine, struct engine_request *request, const char *container,
                const char *rest, const char *what, struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    TEXT_AUTO path = text_format("/containers/%s%s", container, rest);

    if (path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    request->path = path;
    int rc = engine_call(engine, request, &reply, fault);

    return rc != 0 ? rc : answer_of(engine, &reply, what, fault);
}

static int created(const struct engine *engine, const struct engine_reply *reply, char *id,
                   struct fault *fault)
{
    int answer = answer_of(engine, reply, "create the container", fault);

    if (answer == CONTAINER_ABSENT)
        return strstr(reply->message, "mage") != NULL ? CONTAINER_NO_IMAGE : CONTAINER_REFUSED;
    if (answer == CONTAINER_CONFLICT)
        return CONTAINER_NAME_TAKEN;
    /* Podman says 500 where Docker says 404 or 409. */
    if (answer == -EPROTO && strstr(reply->message, "already in use") != NULL)
        return CONTAINER_NAME_TAKEN;
    if (answer == -EPROTO && strstr(reply->message, "unable to find network") != NULL)
        return CONTAINER_REFUSED;
    if (answer == CONTAINER_DONE)
        (void)snprintf(id, 72, "%s", json_text(reply->json, "Id"));
    return answer;
}

int container_create(struct engine *engine, const char *name, const cJSON *spec, char *id,
                     struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    TEXT_AUTO path = text_format("/containers/create?name=%s", name);
    const struct engine_request request = {
        .method = "POST", .path = path, .body = spec, .timeout_ms = CREATE_MS
    };

    if (path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = engine_call(engine, &request, &reply, fault);

    return rc != 0 ? rc : created(engine, &reply, id, fault);
}

int container_start(struct engine *engine, const char *container, struct fault *fault)
{
    struct engine_request request = { .method = "POST", .timeout_ms = START_MS };

    return call(engine, &request, container, "/start", "start the container", fault);
}

int container_kill(struct engine *engine, const char *container, const char *signal,
                   struct fault *fault)
{
    struct engine_request request = { .method = "POST" };
    char rest[40];

    (void)snprintf(rest, sizeof(rest), "/kill?signal=%s", signal == NULL ? "SIGKILL" : signal);
    return call(engine, &request, container, rest, "kill the container", fault);
}

int container_wait(struct engine *engine, const char *container, uint64_t timeout_ms,
                   struct http_waker *waker, struct fault *fault)
{
    struct engine_request request = {
        .method = "POST", .timeout_ms = timeout_ms, .patient = timeout_ms == 0, .waker = waker
    };

    return call(engine, &request, container, "/wait?condition=not-running",
                "wait for the container", fault);
}

int container_remove(struct engine *engine, const char *container, bool force, struct fault *fault)
{
    struct engine_request request = { .method = "DELETE", .timeout_ms = REMOVE_MS };
    int answer = call(engine, &request, container, force ? "?v=1&force=1" : "?v=1",
                      "remove the container", fault);

    /* Somebody else is at it: it is as good as gone. */
    if (answer == CONTAINER_CONFLICT && strstr(fault->text, "already in progress") != NULL)
        return CONTAINER_DONE;
    return answer;
}

/* ---- what it says of itself ---- */

/* "2026-11-24T22:57:45.710239911Z"; Podman gives an offset from UTC. */
static int64_t parse_time(const char *text)
{
    struct tm tm = { 0 };
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    double fraction = 0;
    int hours = 0, minutes = 0;
    char sign = '+';

    if (rest == NULL || tm.tm_year < 70) /* the year 1 means never */
        return 0;
    if (*rest == '.') {
        char *end;

        fraction = strtod(rest, &end);
        rest = end;
    }
    if (sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) != 3)
        hours = minutes = 0;
    int64_t offset = ((int64_t)hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);

    return ((int64_t)timegm(&tm) - offset) * 1000 + (int64_t)(fraction * 1000);
}

static void read_state(const cJSON *json, const char *owner, struct container_state *state)
{
    const cJSON *labels = json_item(json, "Config.Labels");
    const cJSON *owner_label = cJSON_GetObjectItemCaseSensitive(labels, LABEL_OWNER);
    const cJSON *job = cJSON_GetObjectItemCaseSensitive(labels, LABEL_JOB);
    const cJSON *attempt = cJSON_GetObjectItemCaseSensitive(labels, LABEL_ATTEMPT);

    *state = (struct container_state){ 0 };
    (void)snprintf(state->id, sizeof(state->id), "%s", json_text(json, "Id"));
    state->ours = cJSON_IsString(owner_label) && strcmp(owner_label->valuestring, owner) == 0;
    if (cJSON_IsString(job))
        (void)snprintf(state->job_id, sizeof(state->job_id), "%s", job->valuestring);
    if (cJSON_IsString(attempt))
        state->attempt = (uint32_t)strtoul(attempt->valuestring, NULL, 10);
    state->running = json_true(json, "State.Running") || json_true(json, "State.Paused");
    state->oom_killed = json_true(json, "State.OOMKilled");
    state->exit_code = (int)json_number(json, "State.ExitCode");
    state->started_ms = parse_time(json_text(json, "State.StartedAt"));
    state->started = state->running || state->started_ms != 0;
    (void)snprintf(state->error, sizeof(state->error), "%s", json_text(json, "State.Error"));
}

int container_inspect(struct engine *engine, const char *container, const char *owner,
                      struct container_state *state, struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    TEXT_AUTO path = text_format("/containers/%s/json", container);
    const struct engine_request request = { .method = "GET", .path = path };

    if (path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = engine_call(engine, &request, &reply, fault);

    if (rc == 0)
        rc = answer_of(engine, &reply, "show the container", fault);
    if (rc == 0 && reply.json == NULL)
        rc = fault_set(fault, EPROTO, "%s sent a broken answer", engine_name(engine));
    if (rc == 0)
        read_state(reply.json, owner, state);
    return rc;
}

/* ---- all of them ---- */

static char *list_path(const char *owner)
{
    TEXT_AUTO filters = text_format("{\"label\":[\"" LABEL_OWNER "=%s\"]}", owner);
    char *escaped = filters == NULL ? NULL : curl_easy_escape(NULL, filters, 0);
    char *path = escaped == NULL ? NULL : text_format("/containers/json?all=1&filters=%s", escaped);

    curl_free(escaped);
    return path;
}

static void tell(const cJSON *container, maps_owned_fn found, void *context)
{
    const cJSON *labels = json_item(container, "Labels");
    const char *job = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(labels, LABEL_JOB));
    const char *attempt =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(labels, LABEL_ATTEMPT));

    if (job != NULL)
        found(context, job, attempt == NULL ? 0 : (uint32_t)strtoul(attempt, NULL, 10),
              json_text(container, "Id"));
}

int container_list(struct engine *engine, const char *owner, maps_owned_fn found, void *context,
                   struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    TEXT_AUTO path = list_path(owner);
    const struct engine_request request = { .method = "GET", .path = path };
    const cJSON *container;

    if (path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = engine_call(engine, &request, &reply, fault);

    if (rc == 0)
        rc = answer_of(engine, &reply, "list its containers", fault);
    if (rc == 0)
        cJSON_ArrayForEach (container, reply.json)
            tell(container, found, context);
    return rc;
}
