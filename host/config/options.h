/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of what can be configured in the host itself. */
#ifndef MAPS_HOST_CONFIG_OPTIONS_H
#define MAPS_HOST_CONFIG_OPTIONS_H

#include <maps_runtime.h>
#include <stdbool.h>

/* Names are whole paths: "http.max_body_bytes".  Ends with MAPS_OPTION_END. */
extern const struct maps_option host_options[];
/* Those of each profile, below "profiles.NAME". */
extern const struct maps_option profile_options[];

/* The next entry of a table.  By the entry's own size: a plugin may have been built
 * with a longer struct. */
const struct maps_option *option_next(const struct maps_option *option);

/* True if a running host keeps its value for good: a changed one is for the next start.
 * All others are taken over by a reload. */
bool option_needs_restart(const char *path);

/* The words an option takes, separated by '|', or NULL if it takes any text. */
const char *option_choices(const char *path);
/* How the default of a host option is found, for the manual; NULL if the table says it. */
const char *option_computed_default(const char *path);

#endif
