/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: the sections with their tables, and what each
 * option came to. */
#ifndef MAPS_HOST_CONFIG_CONFIG_STATE_H
#define MAPS_HOST_CONFIG_CONFIG_STATE_H

#include "config/config.h"
#include "config/entries.h"
#include "config/environment.h"
#include "config/options.h"
#include "config/pool.h"
#include "config/problems.h"
#include "config/value.h"

enum section_kind { SECTION_HOST, SECTION_PROFILE, SECTION_PLUGIN };

/* A table of options and where in the configuration it applies. */
struct section {
    enum section_kind kind;
    const char *prefix;                /* "", "profiles.python", "sandbox" */
    const char *name;                  /* of the profile or plugin */
    const struct maps_option *options; /* or NULL: none */
    const struct config *config;
};

/* One option and its effective value. */
struct resolved {
    const char *path;
    const char *variable; /* MAPS_... */
    const struct maps_option *option;
    size_t section; /* index */
    struct value value;
    struct origin origin;
};

struct config {
    struct pool pool;
    struct entries entries; /* of all layers but the environment */
    struct environment environment;
    struct problems read_problems; /* found by config_load() */
    struct problems problems;      /* the same and those config_check() found */
    bool file_whole;               /* no syntax error cut it short */
    bool out_of_memory;            /* config_check() could not finish */
    struct config_source source;   /* a copy: to load it again */
    const char *file;              /* that was read, or NULL */
    const char *const *files;      /* that one and those it includes; ends with NULL */
    const char *data_dir, *plugin_dir, *libexec_dir;
    const char *log_level, *log_format;

    struct section *sections;
    size_t section_count;
    struct resolved *resolved;
    size_t resolved_count;

    const char *loaded_plugins;           /* "docker, sandbox" */
    const char *const *refused_plugins;   /* names; ends with NULL */
    const struct maps_profile **profiles; /* ends with NULL */
};

/* ---- sections.c ---- */
void sections_add(struct config *config, const struct section *section);
/* The host's own table. */
void sections_add_host(struct config *config);
/* One per profile that some layer names; "python" first. */
void sections_add_profiles(struct config *config);
/* ---- plugin_sections.c ---- */
void sections_add_plugins(struct config *config, const struct plugins *plugins);
/* What the plugin says of itself in one line, or NULL. */
const char *sections_plugin_description(const struct plugins *plugins, const char *name);

/* ---- resolve.c ---- */
/* Settles every option of a section from all layers; notes wrong types and ranges. */
void resolve_section(struct config *config, size_t section);
const struct resolved *resolved_find(const struct config *config, const char *path);
/* The text of a host option, or NULL if it is unset. */
const char *resolved_text(const struct config *config, const char *path);
/* "[section].name"; NULL if there is none. */
const struct resolved *resolved_in(const struct config *config, size_t section, const char *name);

/* ---- unknown.c ---- */
/* Notes every key and MAPS_ variable that no table knows. */
void unknown_report(struct config *config);

/* ---- checks.c ---- */
/* Notes what is of the right type, but cannot be. */
void checks_report(struct config *config);

/* ---- keep.c ---- */
/* Puts back what a running host cannot change, and notes what was changed in vain. */
void keep_what_needs_a_restart(struct config *config, const struct config *running);

/* ---- settings.c ---- */
struct settings *settings_make(const struct config *config);
/* The profiles as plugins see them; ends with NULL. */
const struct maps_profile **settings_make_profiles(const struct config *config, struct pool *pool);

#endif
