/* SPDX-License-Identifier: Apache-2.0 */
/* A run, as the host sees it: started or found again, followed to its end, reported. */
#ifndef MAPS_DOCKER_RUN_H
#define MAPS_DOCKER_RUN_H

#include "instance.h"

int docker_run_script(struct maps_instance *instance, struct maps_run *run,
                      const struct maps_job *job);
int docker_recover(struct maps_instance *instance, struct maps_run *run, const struct maps_job *job,
                   const char *handle);
void docker_cancel(struct maps_instance *instance, struct maps_run *run, void *run_data);
int docker_list_owned(struct maps_instance *instance, maps_owned_fn found, void *context);
int docker_cleanup(struct maps_instance *instance, const struct maps_job *job, const char *handle);

#endif
