/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for the jobs room: writes down what a run says, and configures plugins. */
#ifndef MAPS_TESTS_UNIT_PLUGIN_RECORDER_H
#define MAPS_TESTS_UNIT_PLUGIN_RECORDER_H

#include "plugin/plugins.h"

#include <stdatomic.h>

struct recorder {
    char story[1024];
    unsigned finishes;
    struct maps_outcome outcome;
    _Atomic int cancelled;
    _Atomic int phase; /* the last one announced */
};

extern const struct run_services recorder_services; /* context: struct recorder */

/* Values of a plugin's options: `text` for the option of that name, else the default
 * that the fixture "scenarios" declares. */
struct plugin_values recorder_values(const char *text);
/* Configures it; a reference to the new instance. */
struct instance *recorder_configure(struct plugin *plugin, const char *text);

#endif
