/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an image's name: "[REGISTRY/]PATH[:TAG][@DIGEST]". */
#ifndef MAPS_PLUGINS_DOCKER_IMAGE_REFERENCE_H
#define MAPS_PLUGINS_DOCKER_IMAGE_REFERENCE_H

#include <stdbool.h>

struct image_reference {
    char name[512];     /* as it was given, without tag and digest */
    char registry[256]; /* "docker.io" if none was given; with its port */
    char path[256];     /* "library/debian" for docker.io's "debian" */
    char tag[129];      /* "latest" if neither tag nor digest was given; "" beside a digest alone */
    char digest[200];   /* "sha256:..." or "" */
};

/* False: no image can have this name. */
bool image_reference_parse(const char *text, struct image_reference *reference);

#endif
