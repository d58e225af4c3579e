/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: four layers (command line, environment, file, default; the first that
 * says something wins) over one table of options (options.c) plus the tables that the
 * loaded plugins declare.  All mistakes are collected, none is guessed away.
 *
 * Two steps, because plugin options are known only after the plugins are loaded:
 * config_load() parses the layers and settles what is needed to find the plugins;
 * config_check() checks everything against all tables and makes the settings.
 */
#ifndef MAPS_HOST_CONFIG_CONFIG_H
#define MAPS_HOST_CONFIG_CONFIG_H

#include "base/error.h"
#include "config/settings.h"
#include "plugin/plugins.h"

#include <stdio.h>

struct config;

/* One override from the command line: "--set http.max_body_bytes=1048576". */
struct config_override {
    const char *path, *value;
};
struct config_source {
    const struct config_override *defaults; /* the lowest layer: what this program does otherwise */
    size_t default_count;
    const char *file; /* NULL: $MAPS_CONFIG, else the installed default if it exists, else none */
    const struct config_override *overrides;
    size_t override_count;
    char **environment;         /* environ */
    const char *executable_dir; /* folder of the running binary: finds ../lib and ../libexec */
};

struct config_problem {
    const char *file;    /* file, "environment" or "command line" */
    int line;            /* 0: no line */
    bool warning;        /* an unknown MAPS_* variable, say: never stops the start */
    const char *message; /* names the key, what is wrong, and what is allowed */
};

/* NULL: out of memory. Problems are kept inside.  (Not "config_read": libconfig has that.) */
struct config *config_load(const struct config_source *source);
void config_free(struct config *config);

/* Reads all layers of the same source again.  NULL: out of memory. */
struct config *config_load_again(const struct config *former);

/* The file that was read and those it includes, as far as it could be read; ends with NULL
 * (and begins with it if there is none). */
const char *const *config_files(const struct config *config);
const char *config_plugin_dir(const struct config *config);
const char *config_libexec_dir(const struct config *config);
const char *config_data_dir(const struct config *config);
/* As said, also if it is no level or format; NULL: out of memory. */
const char *config_log_level(const struct config *config);
const char *config_log_format(const struct config *config);
/* From the next config_check() on, the data folder is this one; absolute. */
void config_use_data_dir(struct config *config, const char *folder);

/* Checks against the host's table and the plugins'.  True if there is no problem but
 * warnings: then *settings is made (one reference, the caller's: settings_unref). */
bool config_check(struct config *config, const struct plugins *plugins, struct settings **settings);
/* The same for settings that are to take the place of those of `running`, an accepted
 * configuration: what a running host cannot change stays as it is there, with a warning. */
bool config_check_reload(struct config *config, const struct config *running,
                         const struct plugins *plugins, struct settings **settings);

size_t config_problem_count(const struct config *config);
const struct config_problem *config_problem_at(const struct config *config, size_t index);
/* "etc/maps-backend.conf:12: http.max_body_bytes: ..." one a line. */
void config_print_problems(const struct config *config, FILE *out);

/* Each effective value with where it came from; secrets as "(hidden)". */
void config_print(const struct config *config, const struct plugins *plugins, FILE *out);
/* Every option with type, default, environment variable and help. */
void config_print_options(const struct plugins *plugins, FILE *out);

struct config_place {
    const char *file; /* or "environment", "command line" */
    int line;         /* 0: no line */
};
/* Where the plugin's option is set that a sentence names by its path, as plugins do when they
 * refuse one.  False: it names none, or one that nobody set. */
bool config_place_in(const struct config *config, const char *sentence, struct config_place *place);

/* Values of one plugin's options for plugin_configure(); lives as long as config. */
void config_plugin_values(const struct config *config, const char *plugin,
                          struct plugin_values *values);

#endif
