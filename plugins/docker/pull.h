/* SPDX-License-Identifier: Apache-2.0 */
/* Pulling an image, with progress. */
#ifndef MAPS_DOCKER_PULL_H
#define MAPS_DOCKER_PULL_H

#include "image.h"

/* IMAGE_READY, IMAGE_UNAVAILABLE with the registry's words, or a negative errno. */
int image_pull(struct maps_instance *instance, struct maps_run *run, const char *name,
               struct http_waker *waker, struct fault *fault);

#endif
