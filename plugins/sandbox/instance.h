/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's settings: its options, and what configure() makes of them. */
#ifndef MAPS_SANDBOX_INSTANCE_H
#define MAPS_SANDBOX_INSTANCE_H

#include "cgroup.h"

#include <maps_runtime.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct maps_instance {
    char *owner;
    char *supervisor, *init, *bwrap; /* programs */
    char *search_path;               /* PATH of scripts */
    char **readonly_paths;           /* ends with NULL */
    bool allow_host_network;
    bool root; /* the host is root: scripts get a uid of their own */
    uint64_t tmp_bytes, shm_bytes, open_files;
    struct cgroup_layout cgroups;
    struct fault no_cgroups; /* why, with CGROUP_NONE */
    bool cgroups_demanded;   /* by the operator: do not run without */

    pthread_mutex_t probe_lock; /* one probe at a time; guards what follows */
    struct maps_probe last_probe;
    uint64_t probe_expires_ms;
};

extern const struct maps_option sandbox_options[];
/* Set by load(). */
extern const struct maps_host *sandbox_host;

int sandbox_configure(const struct maps_config *config, struct maps_instance **instance);
void sandbox_release(struct maps_instance *instance);
/* Mask of maps_limit_bit that this instance keeps exactly, and the one it keeps softly. */
uint32_t sandbox_limits_enforced(const struct maps_instance *instance);
uint32_t sandbox_limits_soft(void);

int sandbox_do_probe(struct maps_instance *instance, struct maps_probe *probe);

#endif
