/* SPDX-License-Identifier: Apache-2.0 */
/* One plugin's effective settings for a program to read. */
#ifndef MAPS_HOST_CONFIG_PLUGIN_JSON_H
#define MAPS_HOST_CONFIG_PLUGIN_JSON_H

#include "config/config.h"

/* A JSON object of option to value, each as its type, null where unset, secrets as "(hidden)";
 * after config_check().  malloc'ed; NULL: out of memory. */
char *config_plugin_json(const struct config *config, const char *plugin);

#endif
