/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials for pulling an image, from what "docker login" left in its config.json. */
#ifndef MAPS_PLUGINS_DOCKER_REGISTRY_AUTH_H
#define MAPS_PLUGINS_DOCKER_REGISTRY_AUTH_H

#include "fault.h"

#include <stddef.h>

/*
 * The value of the header X-Registry-Auth for pulling image.  0: in *header, to be freed with
 * free().  Otherwise *header is NULL, and with a sentence that shows no secret:
 *   -ENOENT   the file has no credentials for the image's registry: pull without any
 *   -ENOTSUP  it leaves them to a helper program (credHelpers, credsStore), which is not run
 *   -EBADMSG  the file, or its entry for the registry, is not what Docker writes
 *   -EINVAL   no image can have this name
 *   -ENOMEM
 */
int registry_auth_find(const char *config, size_t length, const char *image, char **header,
                       struct fault *fault);

#endif
