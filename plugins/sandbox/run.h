/* SPDX-License-Identifier: Apache-2.0 */
/* A run, as the host sees it: started or found again, followed to its end, reported. */
#ifndef MAPS_SANDBOX_RUN_H
#define MAPS_SANDBOX_RUN_H

#include "instance.h"

int sandbox_run_script(struct maps_instance *instance, struct maps_run *run,
                       const struct maps_job *job);
int sandbox_recover(struct maps_instance *instance, struct maps_run *run,
                    const struct maps_job *job, const char *handle);
void sandbox_cancel(struct maps_instance *instance, struct maps_run *run, void *run_data);
int sandbox_cleanup(struct maps_instance *instance, const struct maps_job *job, const char *handle);

#endif
