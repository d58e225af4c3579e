/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to the Engine API: one version of it, JSON in, JSON out.  Any thread. */
#ifndef MAPS_DOCKER_ENGINE_H
#define MAPS_DOCKER_ENGINE_H

#include "fault.h"
#include "http.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct endpoint;
struct engine;

/* Takes over *endpoint.  NULL with a fault. */
struct engine *engine_new(struct endpoint *endpoint, struct fault *fault);
void engine_free(struct engine *engine);
/* "unix:///var/run/docker.sock" */
const char *engine_name(const struct engine *engine);

enum { ENGINE_CALL_MS = 30000 };

struct engine_request {
    const char *method;
    const char *path; /* below the version: "/containers/x/json" */
    const cJSON *body;
    const char *const *headers;
    uint64_t timeout_ms; /* 0: ENGINE_CALL_MS */
    bool patient;        /* no deadline at all: the waker ends it */
    struct http_waker *waker;
    long (*read_body)(void *context, void *buffer, size_t size); /* a tar archive */
    int (*take_body)(void *context, const void *bytes, size_t length);
    void *context;
};

struct engine_reply {
    long status;
    cJSON *json;       /* NULL if the reply had none */
    char message[400]; /* what the engine says of its refusal; "" for 2xx and 304 */
};
void engine_reply_clear(struct engine_reply *reply);
#define ENGINE_REPLY_AUTO __attribute__((cleanup(engine_reply_clear))) struct engine_reply

/* 0: there is a reply, whatever its status.  Otherwise as http_call, with a fault. */
int engine_call(struct engine *engine, const struct engine_request *request,
                struct engine_reply *reply, struct fault *fault);
/* Is this the version of the API that was settled last?  A refused call settles it anew. */
bool engine_speaks(struct engine *engine, const char *api);
/* Was it certainly not handled by the engine? */
bool engine_call_not_sent(int rc);

struct engine_version {
    char engine[64]; /* "20.10.24+dfsg1", "Podman 4.3.1" */
    char api[16];    /* what is spoken: "1.41" */
    bool podman;
    char runc[40]; /* "1.1.5+ds1"; "": it does not say, or uses another */
};
/* Is it there?  Costs an engine next to nothing, other than its version: Podman asks the package
 * manager for that.  0; as engine_call. */
int engine_ping(struct engine *engine, uint64_t timeout_ms, struct fault *fault);
/* Asks the engine for its versions and settles the one that is spoken.  0; -ENOTSUP if there is
 * none in common; as engine_call. */
int engine_negotiate(struct engine *engine, uint64_t timeout_ms, struct engine_version *version,
                     struct fault *fault);

/* The lowest version of the API that has what we need and the engine still speaks, as
 * major * 1000 + minor; 0 if the engine's newest is too old.  Pure. */
unsigned engine_choose_api(unsigned oldest, unsigned newest);

/* Helpers for reading replies: "" or 0 or false where there is nothing of that kind.  path:
 * "State.ExitCode". */
const char *json_text(const cJSON *json, const char *path);
double json_number(const cJSON *json, const char *path);
bool json_true(const cJSON *json, const char *path);
const cJSON *json_item(const cJSON *json, const char *path);

#endif
