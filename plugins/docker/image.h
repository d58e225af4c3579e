/* SPDX-License-Identifier: Apache-2.0 */
/* The image of a job: is it there, and is it to be pulled? */
#ifndef MAPS_DOCKER_IMAGE_H
#define MAPS_DOCKER_IMAGE_H

#include "instance.h"

struct image {
    char **env; /* "NAME=value" ..., NULL: what the image sets */
};
void image_clear(struct image *image);

enum image_answer {
    IMAGE_READY = 0,
    IMAGE_UNAVAILABLE /* with a fault that names the image and says what to do */
};

/* Makes sure that the image is there, as the pull policy says; shows progress as the run's.
 * waker: ends a pull with -EINTR. */
int image_ensure(struct maps_instance *instance, struct maps_run *run, const char *name,
                 struct http_waker *waker, struct image *image, struct fault *fault);

#endif
