/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the service manager informed while the host serves: status line, and a sign of life that
 * is given only while HTTP thread, store and dispatcher are alive.  A host in which one of them
 * hangs is thus restarted, and the next one adopts its jobs.  Of the main thread. */
#ifndef MAPS_HOST_SERVICE_SUPERVISION_H
#define MAPS_HOST_SERVICE_SUPERVISION_H

#include "http/http_server.h"
#include "job/jobs.h"

struct supervision;

/* The rooms are borrowed, and must not end before it.  NULL: out of memory, or there is no
 * service manager; the calls below accept that. */
struct supervision *supervision_new(struct store *store, struct jobs *jobs,
                                    struct http_server *http);
/* Does what is due; returns the milliseconds until more is due, -1: never. */
int supervision_tick(struct supervision *supervision);
/* The host stops, and its end may take a while. */
void supervision_stopping(struct supervision *supervision);
/* Call after the rooms have ended. */
void supervision_free(struct supervision *supervision);

#endif
