/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugins there are: finding, checking and loading them, and the one place from
 * which they are called.  Every plugin file is in one of three states: ready (loaded
 * and its engine reachable), unavailable (loaded, engine not reachable) or refused
 * (not loaded, with the reason).
 */
#ifndef MAPS_HOST_PLUGIN_PLUGINS_H
#define MAPS_HOST_PLUGIN_PLUGINS_H

#include "base/error.h"

#include <maps_runtime.h>
#include <stdbool.h>
#include <stdio.h>

struct plugins;
struct plugin;
struct settings;

/* Whom plugins get as their host.  Lives as long as they do. */
struct plugin_host {
    /* Answers the `info` service ("owner" etc.), or NULL for what it does not know.  Any thread.
     * May be NULL itself. */
    const char *(*info)(void *context, const char *key);
    void *context;
};

/* Loads every *.so of a folder.  Checks, before any of its code is mapped: regular
 * file, owner root or this uid, not writable by group or others (nor its folder),
 * ELF shared object of this machine with the ABI note of a version this host knows.
 * Then loads a private copy of it (a memfd, or an unlinked temporary file), checks the
 * struct (sizes, name, required callbacks, options), and calls load().  A file that
 * fails is refused by name and logged; the others are not affected.  Two files with one
 * plugin name: the second in alphabetical order is refused.  A folder that does not exist
 * is logged and holds no plugins. */
MUST_CHECK struct error *plugins_load(const char *folder, const struct plugin_host *host,
                                      struct plugins **plugins);
/* Releases the current instances.  A plugin in which no job ever ran and of which nobody
 * holds an instance is unloaded; the code of the others stays. */
void plugins_free(struct plugins *plugins);

size_t plugins_count(const struct plugins *plugins);
struct plugin *plugins_at(const struct plugins *plugins, size_t index);
/* The loaded plugin of that name, or NULL. */
struct plugin *plugins_find(const struct plugins *plugins, const char *name);
/* "docker, kubernetes, sandbox": the loaded ones, for messages; caller frees. */
char *plugins_names(const struct plugins *plugins);

enum plugin_state { PLUGIN_REFUSED, PLUGIN_UNAVAILABLE, PLUGIN_READY };
struct plugin_info {
    const char *file;                                /* base name */
    const char *name;                                /* NULL if refused before it was known */
    const char *version, *runner_type, *description; /* or NULL */
    uint32_t abi_version;
};
void plugin_info(const struct plugin *plugin, struct plugin_info *info);
const struct maps_option *plugin_options(const struct plugin *plugin); /* or NULL */
/* Copies state and error/engine version (thread-safe).  The error of a refused one begins
 * with its file's name.  A probe() that hangs makes it unavailable, and is logged once. */
enum plugin_state plugin_state(struct plugin *plugin, char *message, size_t message_size,
                               char *engine_version, size_t version_size);

/* Settings for one plugin: answers the option services.  Values as text, checked. */
struct plugin_values {
    const char *(*get)(void *context, const char *option); /* NULL: unset */
    const char *const *(*list)(void *context, const char *option);
    void *context;
    const struct maps_profile *const *profiles; /* ends with NULL */
};

/* An instance, counted: made with one reference. */
struct instance;
/* Has an instance made with these values, beside the current one, or says why the plugin
 * refuses them. */
MUST_CHECK struct error *plugin_prepare(struct plugin *plugin, const struct plugin_values *values,
                                        struct instance **instance);
/* Makes a prepared instance the current one; takes over the reference.  Who holds the former
 * one keeps it. */
void plugin_adopt(struct plugin *plugin, struct instance *instance);
/* Both at once. */
MUST_CHECK struct error *plugin_configure(struct plugin *plugin,
                                          const struct plugin_values *values);
/* True if it has a current instance. */
bool plugin_configured(struct plugin *plugin);
/* The plugin's current instance with a further reference, or NULL if not configured. */
struct instance *plugin_instance(struct plugin *plugin);
void instance_unref(struct instance *instance); /* NULL is fine */
struct plugin *instance_plugin(const struct instance *instance);

/* ---- calls (any thread) ---- */

/* What a run needs from the host; the jobs room implements it.  All may be called from
 * any thread of the plugin.  See maps_runtime.h for what each means. */
struct run_services {
    int (*phase)(void *context, int phase);
    int (*set_handle)(void *context, const char *handle);
    void (*progress)(void *context, const char *sentence);
    int (*emit)(void *context, int stream, uint64_t source_offset, const void *bytes,
                size_t length);
    int (*log_file)(void *context);
    int (*is_cancelled)(void *context);
    int (*finish)(void *context,
                  const struct maps_outcome *outcome); /* full-size copy; first call only */
};

enum run_result {
    RUN_REPORTED,
    RUN_GONE,
    RUN_NOT_STARTED, /* proven: this attempt has not run the script and never will */
    RUN_FAILED
};

/* struct maps_run is made by run_new, lives until run_free (by the same owner). */
struct maps_run *run_new(struct instance *instance, const char *job_id,
                         const struct run_services *services, void *context);
void run_free(struct maps_run *run);
/* Blocks until the run ended.  RUN_NOT_STARTED, RUN_FAILED: *err says why (a plugin that returns 0
 * without finish(), or after START_ATTEMPTED fails, is RUN_FAILED too; the caller knows the phase).
 */
enum run_result run_script(struct maps_run *run, const struct maps_job *job, struct error **err);
enum run_result run_recover(struct maps_run *run, const struct maps_job *job, const char *handle,
                            struct error **err);
/* Passes a cancel on to the plugin if it is in run_script or recover and has run data.
 * The plugin's cancel() runs on this thread, and may call any service of the run. */
void run_cancel(struct maps_run *run);

MUST_CHECK struct error *instance_cleanup(struct instance *instance, const struct maps_job *job,
                                          const char *handle);
/* Probes and remembers the state; `probe` gets the full-size answer. */
MUST_CHECK struct error *instance_probe(struct instance *instance, struct maps_probe *probe);
MUST_CHECK struct error *instance_list_owned(struct instance *instance, maps_owned_fn found,
                                             void *context);

/* `maps-backend --dump-plugin FILE`: what it declares, as text.  An error if plugins_load
 * would refuse it. */
MUST_CHECK struct error *plugin_dump(const char *file, FILE *out);

#endif
