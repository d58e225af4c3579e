/* SPDX-License-Identifier: Apache-2.0 */
/* One plugin file and what became of it, shared within this room. */
#ifndef MAPS_HOST_PLUGIN_PLUGIN_H
#define MAPS_HOST_PLUGIN_PLUGIN_H

#include "plugin/declaration.h"
#include "plugin/health.h"
#include "plugin/plugins.h"
#include "plugin/shared_object.h"

#include <pthread.h>
#include <stdatomic.h>

struct plugin {
    atomic_uint references;
    char *file;
    struct plugin_host host;
    uint32_t abi_version;                             /* from the note; 0: unknown */
    char *name, *version, *runner_type, *description; /* copies, for they outlive the code */
    struct declaration declaration;
    struct shared_object object;
    struct error *refusal; /* NULL: loaded */
    bool started;          /* load() was called: what it left behind is not known */
    _Atomic bool ran;      /* a job ran in it: its code stays for ever */

    pthread_mutex_t lock; /* for what follows */
    struct instance *current;
    struct health health;
};

/* NULL: out of memory.  One reference. */
struct plugin *plugin_new(const char *file);
void plugin_ref(struct plugin *plugin);
void plugin_unref(struct plugin *plugin);

/* An address in its mapped file, or NULL. */
const void *plugin_code(const struct plugin *plugin);

/* Marks it refused, with the file's name before the reason; takes over err. */
void plugin_refuse(struct plugin *plugin, struct error *err);

/* Lets go of the current instance; then, if nothing of the plugin can be in use, calls
 * unload() and unmaps the code. */
void plugin_retire(struct plugin *plugin);

/* ---- loader.c ---- */

/* From the file to a checked declaration.  The answer may be a refused plugin; NULL:
 * out of memory. */
struct plugin *loader_map(int folder, const char *file);
/* Calls load(); may refuse it. */
void loader_start(struct plugin *plugin);

/* ---- instance.c ---- */

struct instance {
    atomic_uint references;
    struct plugin *plugin; /* counted */
    struct maps_instance *handle;
};

#endif
