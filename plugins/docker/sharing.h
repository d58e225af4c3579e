/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out how files get to the engine's containers: whether it sees our folders, and as whom
 * its containers write there (user namespaces shift ids). */
#ifndef MAPS_DOCKER_SHARING_H
#define MAPS_DOCKER_SHARING_H

#include "instance.h"

/* What the trial container left. */
struct sharing_finding {
    bool visible;      /* what it wrote is there for us */
    uint32_t uid, gid; /* whose it is */
};

/* Pure.  0; -ENOTSUP with a fault if what the operator asked for cannot be had. */
int sharing_decide(const struct maps_instance *instance, const struct maps_job *job,
                   const struct sharing_finding *finding, struct sharing *sharing,
                   struct fault *fault);

/* Settles it for this engine, with a short-lived container of the job's image, unless it is
 * settled already.  0; -ENOTSUP as above; other negative errnos: ask again later. */
int sharing_settle(struct maps_instance *instance, const struct maps_job *job,
                   struct sharing *sharing, struct fault *fault);

/* Removes the container of a trial that a host of ours did not live to remove. */
void sharing_sweep(struct maps_instance *instance);

#endif
