/* SPDX-License-Identifier: Apache-2.0 */
/* Whose code is it?  A plugin's own threads call log() and info() outside of any call from the
 * host; the address they called from tells which plugin it is, and of which host. */
#ifndef MAPS_HOST_PLUGIN_ORIGIN_H
#define MAPS_HOST_PLUGIN_ORIGIN_H

#include "plugin/plugins.h"

enum { ORIGIN_NAME_BYTES = 33 };

struct plugin_origin {
    char plugin[ORIGIN_NAME_BYTES];
    struct plugin_host host;
};

/* code: any address in the plugin's file. */
void origin_add(const char *plugin, const struct plugin_host *host, const void *code);
void origin_remove(const void *code); /* unknown is fine */
bool origin_find(const void *code, struct plugin_origin *origin);

#endif
