/* SPDX-License-Identifier: Apache-2.0 */
/* A call into a plugin: which one this thread is in, and why it says it failed. */
#ifndef MAPS_HOST_PLUGIN_CALL_H
#define MAPS_HOST_PLUGIN_CALL_H

#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>

struct plugin;

struct call {
    struct plugin *plugin;
    struct call *outer; /* list_owned's found() may lead to another call */
    char sentence[1024];
};

/* The frame of the caller keeps `call` until call_leave. */
void call_enter(struct call *call, struct plugin *plugin);
void call_leave(struct call *call);

/* The plugin this thread is in, or NULL. */
struct plugin *call_plugin(void);
/* set_error(); false if this thread is in no plugin. */
bool call_set_sentence(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));

/* Why `callback` returned the negative errno value `result`. */
struct error *call_error(const struct call *call, enum error_kind kind, const char *callback,
                         int result);

#endif
