/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's settings, and what it has learned of its engine. */
#ifndef MAPS_DOCKER_INSTANCE_H
#define MAPS_DOCKER_INSTANCE_H

#include "container_spec.h"
#include "engine.h"
#include "paths.h"

#include <maps_runtime.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum pull_policy { PULL_NEVER, PULL_MISSING, PULL_ALWAYS };

/* How files get into containers and back. */
enum files_mode {
    FILES_AUTO,   /* as a setting: find out; as a finding: not known yet */
    FILES_SHARED, /* bind mounts */
    FILES_ARCHIVE /* tar archives */
};

/* What the engine says of itself (GET /info). */
struct engine_facts {
    char id[80];          /* another one: another engine */
    uint32_t limits_kept; /* mask of maps_limit_bit */
    uint32_t cpus_millis;
    struct engine_version version;
    char warning[300];
};

struct sharing {
    enum files_mode mode;
    uint32_t uid_shift, gid_shift; /* shared: ids of the engine's containers as we see them */
};

struct maps_instance {
    char *owner, *init_path;
    char *project_dir, *project_mount; /* HOST_PROJECT_DIR, and where it is in our container */
    char *config_file;                 /* registry credentials; "" none */
    char *runtime, *apparmor_profile;
    struct container_settings settings; /* points to the two above */
    enum pull_policy pull;
    enum files_mode files;
    bool allow_host_network;
    bool root; /* this process is */
    struct engine *engine;

    pthread_mutex_t lock; /* guards what follows */
    struct engine_facts facts;
    bool facts_known;
    uint64_t facts_ms; /* when they were learned, monotonic */
    struct sharing sharing;

    struct path_map paths; /* written once, by sharing_settle(), before sharing is known */
};

extern const struct maps_option docker_options[];
/* Set by load(). */
extern const struct maps_host *docker_host;

int docker_configure(const struct maps_config *config, struct maps_instance **instance);
void docker_release(struct maps_instance *instance);

int docker_probe(struct maps_instance *instance, struct maps_probe *probe);
/* Copies. */
struct engine_facts docker_facts(struct maps_instance *instance);
struct sharing docker_sharing(struct maps_instance *instance);

#endif
