/* SPDX-License-Identifier: Apache-2.0 */
/* The table of services that every plugin gets. */
#ifndef MAPS_HOST_PLUGIN_SERVICES_H
#define MAPS_HOST_PLUGIN_SERVICES_H

#include "plugin/plugins.h"

const struct maps_host *services_table(void);

/* A settings call under way: what a plugin sees as struct maps_config. */
struct maps_config {
    const struct plugin *plugin;
    const struct plugin_values *values;
};

/* ---- option_services.c ---- */
const char *service_option_string(const struct maps_config *config, const char *name);
int64_t service_option_int(const struct maps_config *config, const char *name);
int service_option_bool(const struct maps_config *config, const char *name);
double service_option_number(const struct maps_config *config, const char *name);
const char *const *service_option_list(const struct maps_config *config, const char *name);
const struct maps_profile *const *service_profiles(const struct maps_config *config);

/* ---- run_services.c ---- */
int service_phase(struct maps_run *run, int phase);
int service_set_handle(struct maps_run *run, const char *handle);
void service_progress(struct maps_run *run, const char *sentence);
int service_emit(struct maps_run *run, int stream, uint64_t source_offset, const void *bytes,
                 size_t length);
int service_log_file(struct maps_run *run);
int service_is_cancelled(struct maps_run *run);
void service_set_run_data(struct maps_run *run, void *data);
int service_finish(struct maps_run *run, const struct maps_outcome *outcome);

#endif
