/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images, and credentials for the registries they come from, as docker login keeps
 * them.  Pure. */
#ifndef MAPS_DOCKER_REGISTRY_AUTH_H
#define MAPS_DOCKER_REGISTRY_AUTH_H

#include <stdbool.h>

struct image_reference {
    char registry[256];   /* "docker.io", "localhost:5000" */
    char from_image[512]; /* the name without its tag; with its digest, if it has one */
    char tag[129];        /* "latest" if there is none; "" with a digest */
};
/* False if it is not the name of an image. */
bool image_reference_parse(const char *name, struct image_reference *reference);

enum registry_auth_result {
    REGISTRY_AUTH_NONE,
    REGISTRY_AUTH_FOUND,
    REGISTRY_AUTH_HELPER, /* a helper program has them */
    REGISTRY_AUTH_DAMAGED /* config is not a Docker config.json, or memory is short */
};
/* config: text of a config.json.  *header: value of X-Registry-Auth for this image, malloc'ed,
 * with REGISTRY_AUTH_FOUND; else NULL. */
enum registry_auth_result registry_auth_find(const char *config, const char *image, char **header);

#endif
