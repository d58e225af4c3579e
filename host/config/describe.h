/* SPDX-License-Identifier: Apache-2.0 */
/* What --help and the manuals say about each option: one walk over the tables. */
#ifndef MAPS_HOST_CONFIG_DESCRIBE_H
#define MAPS_HOST_CONFIG_DESCRIBE_H

#include "plugin/plugins.h"

#include <stdbool.h>

/* One option in words; valid during the visit. */
struct option_text {
    const char *path;     /* "http.max_body_bytes", "profiles.NAME.image" */
    const char *section;  /* "general", "http", ..., "profiles" or the plugin's name */
    const char *type;     /* "integer, 1 to 9", "token or none" */
    const char *usual;    /* the default */
    bool usual_is_value;  /* the default can be written so; else it says in words what it is */
    const char *variable; /* MAPS_... */
    const char *further_variable; /* or NULL */
    const char *help;             /* sentences */
    bool needs_restart;
};

struct option_visitor {
    /* Before the options of each table; NULL: not of interest.  "Plugin sandbox: Runs ..." */
    void (*table)(void *context, const char *title);
    void (*option)(void *context, const struct option_text *option);
    void *context;
};

/* All options: the host's, those of each profile, those of the loaded plugins.  False: out of
 * memory, and some were left out. */
bool options_visit(const struct plugins *plugins, const struct option_visitor *visitor);

#endif
