/* SPDX-License-Identifier: Apache-2.0 */
/* Whose code is it?  A plugin's own threads call log() outside of any call from the host;
 * the address they called from tells which plugin the line is about. */
#ifndef MAPS_HOST_PLUGIN_ORIGIN_H
#define MAPS_HOST_PLUGIN_ORIGIN_H

#include <stdbool.h>

enum { ORIGIN_NAME_BYTES = 33 };

/* code: any address in the plugin's file. */
void origin_add(const char *plugin, const void *code);
void origin_remove(const char *plugin); /* NULL or unknown is fine */
bool origin_find(const void *code, char plugin[static ORIGIN_NAME_BYTES]);

#endif
