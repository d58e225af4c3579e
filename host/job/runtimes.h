/* SPDX-License-Identifier: Apache-2.0 */
/* What the jobs room knows of each runtime: is its engine reachable, which limits it keeps,
 * how many jobs run on it.  One thread per runtime probes its engine, so that an engine
 * that hangs holds up nobody else. */
#ifndef MAPS_HOST_JOB_RUNTIMES_H
#define MAPS_HOST_JOB_RUNTIMES_H

#include "plugin/plugins.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runtimes;

struct runtime_view {               /* a copy */
    const char *name, *runner_type; /* live as long as the plugins */
    bool probed, reachable;
    uint32_t limits_enforced, limits_soft;
    size_t running;
    char message[512];
};

/* changed(): after each probe that changed whether the engine is reachable. */
struct runtimes *runtimes_new(struct plugins *plugins, void (*changed)(void *context),
                              void *context);
/* Probes each runtime once and then again and again. */
void runtimes_start(struct runtimes *runtimes);
/* The plugins have new instances: probes each of them now. */
void runtimes_reconfigured(struct runtimes *runtimes);
/* Waits until the first probe of this one (NULL: of all), or deadline_ms, is over. */
void runtimes_wait_probed(struct runtimes *runtimes, const char *name, int64_t deadline_ms);
/* Ends the threads; false if one hangs in a plugin (then the process must exit). */
bool runtimes_stop(struct runtimes *runtimes, int64_t grace_ms);
void runtimes_free(struct runtimes *runtimes);

/* False: no such runtime is loaded and configured. */
bool runtimes_view(struct runtimes *runtimes, const char *name, struct runtime_view *view);
/* Takes one of `limit` slots on a reachable runtime; returns its name, which lives as long as
 * the plugins, or NULL if there is none.  limit 0: takes a slot in any case. */
const char *runtimes_reserve(struct runtimes *runtimes, const char *name, size_t limit);
void runtimes_release(struct runtimes *runtimes, const char *name); /* NULL is fine */
/* Probe now, because a run failed. */
void runtimes_probe_soon(struct runtimes *runtimes, const char *name);

#endif
