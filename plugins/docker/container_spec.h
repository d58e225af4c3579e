/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine is told to make of a job: the body of POST /containers/create.  Pure. */
#ifndef MAPS_DOCKER_CONTAINER_SPEC_H
#define MAPS_DOCKER_CONTAINER_SPEC_H

#include <cjson/cJSON.h>
#include <maps_runtime.h>
#include <stdbool.h>

#define LABEL_OWNER "maps.owner"
#define LABEL_JOB "maps.job"
#define LABEL_ATTEMPT "maps.attempt"

/* Where things are inside every container. */
#define INSIDE_INIT "/maps/maps-init"
#define INSIDE_SPEC "/maps/spec"
#define INSIDE_CONTROL "/maps/control"

/* Chosen by the operator; a job can change none of it. */
struct container_settings {
    const char *runtime;          /* OCI runtime, e.g. "runsc"; "": the engine's default */
    const char *apparmor_profile; /* "": the engine's default */
    uint64_t tmp_bytes, shm_bytes, open_files;
};

/* Paths as the engine sees them, to be mounted; all NULL if the files travel by archive into
 * volumes. */
struct container_files {
    const char *init, *spec, *control, *script, *request, *input, *output;
    const char *hosts; /* NULL: none is mounted */
};

struct container_plan {
    const struct maps_job *job;
    const struct container_settings *settings;
    const struct container_files *files; /* NULL: volumes */
    uint32_t limits_kept;                /* mask of maps_limit_bit: the others are left out */
    uint32_t cpus_millis_max;            /* of the engine's machine; 0: unknown */
    bool podman;
};

/* NULL: out of memory. */
cJSON *container_spec(const struct container_plan *plan);

#endif
