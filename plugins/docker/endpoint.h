/* SPDX-License-Identifier: Apache-2.0 */
/* Where the engine is: from DOCKER_HOST's notation to what the HTTP client connects to. */
#ifndef MAPS_DOCKER_ENDPOINT_H
#define MAPS_DOCKER_ENDPOINT_H

#include "fault.h"
#include "http.h"

#include <stdbool.h>

struct endpoint_wish {
    const char *host;        /* "unix:///path", "tcp://host:port", or NULL: look for a socket */
    const char *cert_path;   /* folder of ca.pem, cert.pem and key.pem, or NULL */
    bool tls;                /* with tcp: speak TLS */
    const char *runtime_dir; /* XDG_RUNTIME_DIR: rootless engines listen there; or NULL */
};

struct endpoint {
    struct http_endpoint http; /* points into what follows */
    char *name;                /* as it is shown to people: "unix:///var/run/docker.sock" */
    char *base_url, *socket, *ca_file, *cert_file, *key_file;
};

/* 0, or -EINVAL (-ENOMEM) with a fault. */
int endpoint_find(const struct endpoint_wish *wish, struct endpoint *endpoint, struct fault *fault);
void endpoint_clear(struct endpoint *endpoint);

#endif
