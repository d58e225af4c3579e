/* SPDX-License-Identifier: Apache-2.0 */
/* One container on the engine: what is done with it, and what it says of itself.  A container is
 * named by its id or its name; every call may be made from any thread. */
#ifndef MAPS_DOCKER_CONTAINER_H
#define MAPS_DOCKER_CONTAINER_H

#include "engine.h"

#include <maps_runtime.h>

/* What an engine answered, beyond "no answer" (a negative errno). */
enum container_answer {
    CONTAINER_DONE = 0,
    CONTAINER_ABSENT,     /* there is no such container */
    CONTAINER_NO_IMAGE,   /* create: there is no such image */
    CONTAINER_NAME_TAKEN, /* create */
    CONTAINER_CONFLICT,   /* it is not in a state for that */
    CONTAINER_REFUSED     /* the request itself is at fault, and will be the next time */
};

struct container_state {
    char id[72];
    bool ours; /* carries the owner's label */
    char job_id[64];
    uint32_t attempt;
    bool started, running; /* started: at any time */
    bool oom_killed;
    int exit_code;
    int64_t started_ms; /* wall clock of the engine; 0: unknown */
    char error[300];    /* what the engine says of a failed start */
};

/* id: at least 72 bytes. */
int container_create(struct engine *engine, const char *name, const cJSON *spec, char *id,
                     struct fault *fault);
/* CONTAINER_DONE also if it runs already. */
int container_start(struct engine *engine, const char *container, struct fault *fault);
/* signal: NULL for KILL.  CONTAINER_CONFLICT: it does not run. */
int container_kill(struct engine *engine, const char *container, const char *signal,
                   struct fault *fault);
/* Returns when it does not run any more, after timeout_ms (-ETIMEDOUT), or woken (-EINTR). */
int container_wait(struct engine *engine, const char *container, uint64_t timeout_ms,
                   struct http_waker *waker, struct fault *fault);
int container_inspect(struct engine *engine, const char *container, const char *owner,
                      struct container_state *state, struct fault *fault);
/* force: kills it first.  With its anonymous volumes.  CONTAINER_ABSENT is what was wanted. */
int container_remove(struct engine *engine, const char *container, bool force, struct fault *fault);
/* Calls found() for each container with this owner's label. */
int container_list(struct engine *engine, const char *owner, maps_owned_fn found, void *context,
                   struct fault *fault);

#endif
