/* SPDX-License-Identifier: Apache-2.0 */
/* What a host tells its plugins about itself: the answers of the `info` service. */
#ifndef MAPS_HOST_PLUGIN_PLACES_H
#define MAPS_HOST_PLUGIN_PLACES_H

#include "base/error.h"

struct places {
    char owner[64]; /* "": not known yet */
    char *data_dir, *libexec_dir, *init_path;
};

/* Copies both; data_dir may be NULL.  Before the plugins are loaded. */
MUST_CHECK struct error *places_init(struct places *places, const char *data_dir,
                                     const char *libexec_dir);
/* Once the store is open, and before plugins are configured. */
void places_set_owner(struct places *places, const char *owner);
void places_clear(struct places *places);
/* For struct plugin_host; context is the struct places. */
const char *places_info(void *context, const char *key);

#endif
