/* SPDX-License-Identifier: Apache-2.0 */
/* The files of one job on their way into its container, by mounts. */
#ifndef MAPS_DOCKER_JOB_FILES_H
#define MAPS_DOCKER_JOB_FILES_H

#include "instance.h"

/* Paths as the engine sees them, malloc'ed. */
struct job_paths {
    char *init, *spec, *control, *script, *request, *input, *output, *hosts;
    struct container_files files; /* the same, for container_spec() */
};
void job_paths_clear(struct job_paths *paths);

/* Writes runtime_dir/spec, and runtime_dir/hosts for a job without a network.
 * image_env: "NAME=value" ..., NULL.  0 or -errno with a fault. */
int job_files_write(const struct maps_instance *instance, const struct maps_job *job,
                    const char *const *image_env, bool shared, struct fault *fault);
/* Finds what the engine is to mount.  -ENOENT with a fault that names the path that the engine
 * cannot see. */
int job_files_map(const struct maps_instance *instance, const struct maps_job *job,
                  struct job_paths *paths, struct fault *fault);
/* Gives control_dir and output_dir to the ids that the container has as we see them. */
int job_files_shift(const struct maps_job *job, const struct sharing *sharing, struct fault *fault);

#endif
