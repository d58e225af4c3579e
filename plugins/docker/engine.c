/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include "endpoint.h"
#include "files.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    API_NEEDED = 1041, /* CgroupnsMode and copyUIDGID are in it; Debian 12's dockerd speaks it */
    HTTP_BAD_REQUEST = 400
};

struct engine {
    struct endpoint endpoint;
    struct http_client *client;
    pthread_mutex_t lock;
    char api[16]; /* "1.41"; "": not settled yet */
};

struct engine *engine_new(struct endpoint *endpoint, struct fault *fault)
{
    struct engine *engine = calloc(1, sizeof(*engine));

    if (engine != NULL)
        engine->client = http_client_new(&endpoint->http, fault);
    else
        fault_set(fault, ENOMEM, "out of memory");
    if (engine == NULL || engine->client == NULL) {
        free(engine);
        return NULL;
    }
    engine->endpoint = *endpoint;
    *endpoint = (struct endpoint){ 0 };
    pthread_mutex_init(&engine->lock, NULL);
    return engine;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    http_client_free(engine->client);
    endpoint_clear(&engine->endpoint);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

const char *engine_name(const struct engine *engine)
{
    return engine->endpoint.name;
}

void engine_reply_clear(struct engine_reply *reply)
{
    cJSON_Delete(reply->json);
    reply->json = NULL;
}

bool engine_call_not_sent(int rc)
{
    return rc == -ECONNREFUSED || rc == -ENOENT || rc == -EACCES || rc == -EHOSTUNREACH ||
           rc == -EPROTO;
}

/* ---- versions ---- */

static unsigned parse_version(const char *text)
{
    unsigned major = 0, minor = 0;

    return sscanf(text, "%3u.%3u", &major, &minor) == 2 ? major * 1000 + minor : 0;
}

unsigned engine_choose_api(unsigned oldest, unsigned newest)
{
    if (newest < API_NEEDED)
        return 0;
    return oldest > API_NEEDED ? oldest : API_NEEDED;
}

static void describe(const cJSON *reply, struct engine_version *version)
{
    const cJSON *components = json_item(reply, "Components"), *component;

    version->podman =
        strstr(json_text(cJSON_GetArrayItem(components, 0), "Name"), "Podman") != NULL;
    cJSON_ArrayForEach (component, components) {
        if (strcmp(json_text(component, "Name"), "runc") == 0)
            snprintf(version->runc, sizeof(version->runc), "%s", json_text(component, "Version"));
    }
    snprintf(version->engine, sizeof(version->engine), "%s%.50s", version->podman ? "Podman " : "",
             json_text(reply, "Version"));
}

static int not_like_docker(const struct engine *engine, long status, struct fault *fault)
{
    return fault_set(fault, EPROTO, "%s does not answer like a Docker engine (status %ld)",
                     engine_name(engine), status);
}

static int settle(struct engine *engine, const cJSON *reply, struct engine_version *version,
                  struct fault *fault)
{
    const char *oldest = json_text(reply, "MinAPIVersion");
    const char *newest = json_text(reply, "ApiVersion");
    unsigned api = engine_choose_api(parse_version(oldest), parse_version(newest));

    if (api == 0)
        return fault_set(fault, ENOTSUP,
                         "%s speaks version %s of the Engine API, and 1.41 is needed: install "
                         "Docker 20.10 or newer, or Podman 4",
                         engine_name(engine), newest[0] != '\0' ? newest : "(none)");
    snprintf(version->api, sizeof(version->api), "%u.%u", api / 1000, api % 1000);
    describe(reply, version);
    pthread_mutex_lock(&engine->lock);
    memcpy(engine->api, version->api, sizeof(engine->api));
    pthread_mutex_unlock(&engine->lock);
    return 0;
}

int engine_ping(struct engine *engine, uint64_t timeout_ms, struct fault *fault)
{
    const struct http_request request = { .method = "GET",
                                          .path = "/_ping",
                                          .timeout_ms = timeout_ms };
    HTTP_REPLY_AUTO reply = { 0 };
    int rc = http_call(engine->client, &request, &reply, fault);

    return rc == 0 && reply.status != 200 ? not_like_docker(engine, reply.status, fault) : rc;
}

int engine_negotiate(struct engine *engine, uint64_t timeout_ms, struct engine_version *version,
                     struct fault *fault)
{
    const struct http_request request = { .method = "GET",
                                          .path = "/version",
                                          .timeout_ms = timeout_ms };
    HTTP_REPLY_AUTO reply = { 0 };
    int rc = http_call(engine->client, &request, &reply, fault);

    *version = (struct engine_version){ 0 };
    if (rc != 0)
        return rc;
    cJSON *json = cJSON_ParseWithLength(reply.body, reply.length);

    if (reply.status != 200 || json == NULL)
        rc = not_like_docker(engine, reply.status, fault);
    else
        rc = settle(engine, json, version, fault);
    cJSON_Delete(json);
    return rc;
}

bool engine_speaks(struct engine *engine, const char *api)
{
    pthread_mutex_lock(&engine->lock);
    bool same = strcmp(engine->api, api) == 0;

    pthread_mutex_unlock(&engine->lock);
    return same;
}

/* ---- calls ---- */

static int versioned_path(struct engine *engine, const char *path, char **versioned,
                          struct fault *fault)
{
    struct engine_version version;
    char api[sizeof(engine->api)];

    pthread_mutex_lock(&engine->lock);
    memcpy(api, engine->api, sizeof(api));
    pthread_mutex_unlock(&engine->lock);
    if (api[0] == '\0') {
        int rc = engine_negotiate(engine, ENGINE_CALL_MS, &version, fault);

        if (rc != 0)
            return rc;
        memcpy(api, version.api, sizeof(api));
    }
    *versioned = text_format("/v%s%s", api, path);
    return *versioned != NULL ? 0 : fault_set(fault, ENOMEM, "out of memory");
}

static void understand(const struct http_reply *http, struct engine_reply *reply)
{
    bool refusal = http->status >= 300 && http->status != 304;

    reply->status = http->status;
    reply->json = cJSON_ParseWithLength(http->body, http->length);
    if (!refusal)
        return;
    const char *said = json_text(reply->json, "message");

    if (said[0] == '\0')
        said = json_text(reply->json, "cause");
    if (said[0] == '\0')
        said = http->body;
    snprintf(reply->message, sizeof(reply->message), "%.*s", (int)(sizeof(reply->message) - 1),
             said[0] != '\0' ? said : "it does not say why");
}

static int call_once(struct engine *engine, const struct engine_request *request, const char *body,
                     struct engine_reply *reply, struct fault *fault)
{
    TEXT_AUTO path = NULL;
    HTTP_REPLY_AUTO http = { 0 };
    int rc = versioned_path(engine, request->path, &path, fault);

    if (rc != 0)
        return rc;
    const struct http_request call = {
        .method = request->method,
        .path = path,
        .headers = request->headers,
        .content_type = request->read_body != NULL ? "application/x-tar"
                        : body != NULL             ? "application/json"
                                                   : NULL,
        .body = body,
        .body_length = body != NULL ? strlen(body) : 0,
        .read_body = request->read_body,
        .take_body = request->take_body,
        .context = request->context,
        .timeout_ms = request->patient           ? 0
                      : request->timeout_ms != 0 ? request->timeout_ms
                                                 : ENGINE_CALL_MS,
        .waker = request->waker,
    };

    rc = http_call(engine->client, &call, &http, fault);
    if (rc == 0)
        understand(&http, reply);
    return rc;
}

/* An engine that was replaced by a newer or older one refuses our version of the API. */
static bool version_refused(const struct engine_reply *reply)
{
    return reply->status == HTTP_BAD_REQUEST && strstr(reply->message, "client version") != NULL;
}

int engine_call(struct engine *engine, const struct engine_request *request,
                struct engine_reply *reply, struct fault *fault)
{
    char *body = request->body == NULL ? NULL : cJSON_PrintUnformatted(request->body);
    struct engine_version version;

    *reply = (struct engine_reply){ 0 };
    if (request->body != NULL && body == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = call_once(engine, request, body, reply, fault);

    if (rc == 0 && version_refused(reply) && request->read_body == NULL) {
        engine_reply_clear(reply);
        *reply = (struct engine_reply){ 0 };
        rc = engine_negotiate(engine, ENGINE_CALL_MS, &version, fault);
        if (rc == 0)
            rc = call_once(engine, request, body, reply, fault);
    }
    free(body);
    return rc;
}
