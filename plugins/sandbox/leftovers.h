/* SPDX-License-Identifier: Apache-2.0 */
/* What a job may have left on the machine once its supervisor does not look after it. */
#ifndef MAPS_SANDBOX_LEFTOVERS_H
#define MAPS_SANDBOX_LEFTOVERS_H

#include "instance.h"

/* Kills what still runs of one attempt and removes its control groups; *oom_kills gets
 * their counter.  runtime_fd: -1 if the folder is gone.  The supervisor must be dead, or
 * about to die.  0 or -errno. */
int leftovers_remove(const struct maps_instance *instance, const struct maps_job *job,
                     int runtime_fd, uint64_t *oom_kills, struct fault *fault);

/* Ends a supervisor that is still at work, and with it its job.  0 or -errno. */
int leftovers_end_supervisor(const struct maps_job *job, int runtime_fd, struct fault *fault);

#endif
