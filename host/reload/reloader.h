/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reloading the settings of a running host: reads all layers again, checks them, has the
 * plugins make new instances, and only if all is well puts both in force at once.  Otherwise
 * everything stays as it was, and the log and current_settings_history() say why.
 * Works on a thread of its own, so that the host serves meanwhile.
 */
#ifndef MAPS_HOST_RELOAD_RELOADER_H
#define MAPS_HOST_RELOAD_RELOADER_H

#include "config/config.h"
#include "config/current_settings.h"

struct reloader;

struct reload_parts {            /* all borrowed */
    const struct config *config; /* accepted at the start */
    struct plugins *plugins;
    struct current_settings *settings;
    const char *default_runtime;
};

/* Begins to watch the files; changes from here on are not missed.  NULL: out of memory. */
struct reloader *reloader_new(const struct reload_parts *parts);
/* applied(): new settings and instances hold; called on the reloader's thread. */
MUST_CHECK struct error *reloader_start(struct reloader *reloader, void (*applied)(void *context),
                                        void *context);
/* Any thread; requests that come while a reload is under way make one more. */
void reloader_request(struct reloader *reloader);
/* Ends the thread; false if it hangs in a plugin (then the process must exit).  NULL is fine. */
bool reloader_stop(struct reloader *reloader, int64_t grace_ms);
/* After it was stopped; NULL is fine. */
void reloader_free(struct reloader *reloader);

#endif
