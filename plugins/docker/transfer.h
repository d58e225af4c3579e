/* SPDX-License-Identifier: Apache-2.0 */
/* The files of one job by archive: into a container that is not yet started, and back. */
#ifndef MAPS_DOCKER_TRANSFER_H
#define MAPS_DOCKER_TRANSFER_H

#include "job_run.h"

/* Everything that shared folders would have brought.  0 or a negative errno with a fault. */
int transfer_upload(struct job_run *run, struct fault *fault);
/* maps-init's marker and record into control_dir, the outputs into output_dir.  0; -EDQUOT if the
 * outputs are more than the job may have; another negative errno: try again. */
int transfer_collect(struct job_run *run, struct fault *fault);

#endif
