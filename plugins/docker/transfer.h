/* SPDX-License-Identifier: Apache-2.0 */
/* The files of one job by archive: into a container that is not yet started, and back. */
#ifndef MAPS_DOCKER_TRANSFER_H
#define MAPS_DOCKER_TRANSFER_H

#include "job_run.h"

/* Everything that shared folders would have brought.  0 or a negative errno with a fault. */
int transfer_upload(struct job_run *run, struct fault *fault);
/* What maps-init left into the folder transfer_collected(), its log to the host, the outputs into
 * output_dir.  0; -EDQUOT if the outputs are more than the job may have; another negative errno:
 * try again. */
int transfer_collect(struct job_run *run, bool *logs_truncated, struct fault *fault);
/* malloc'ed; NULL: out of memory. */
char *transfer_collected(const struct maps_job *job);

#endif
