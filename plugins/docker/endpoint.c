/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint.h"

#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_SOCKET "/var/run/docker.sock"
#define UNIX_PREFIX "unix://"

/* The first socket there is, in the order in which people would want it. */
static char *find_socket(const char *runtime_dir)
{
    const char *const below[] = { "docker.sock", "podman/podman.sock" };

    if (access(DEFAULT_SOCKET, F_OK) == 0)
        return strdup(DEFAULT_SOCKET);
    for (size_t i = 0; runtime_dir != NULL && i < sizeof(below) / sizeof(below[0]); i++) {
        char *path = text_format("%s/%s", runtime_dir, below[i]);

        if (path == NULL || access(path, F_OK) == 0)
            return path;
        free(path);
    }
    return strdup(access("/run/podman/podman.sock", F_OK) == 0 ? "/run/podman/podman.sock"
                                                               : DEFAULT_SOCKET);
}

static int use_socket(struct endpoint *endpoint, char *path, struct fault *fault)
{
    endpoint->socket = path;
    if (path != NULL && path[0] != '/')
        return fault_set(fault, EINVAL, "docker.host: \"%s\" is not an absolute path", path);
    endpoint->base_url = strdup("http://docker");
    endpoint->name = path == NULL ? NULL : text_format(UNIX_PREFIX "%s", path);
    return 0;
}

static int use_certificates(struct endpoint *endpoint, const char *folder, struct fault *fault)
{
    endpoint->ca_file = text_format("%s/ca.pem", folder);
    endpoint->cert_file = text_format("%s/cert.pem", folder);
    endpoint->key_file = text_format("%s/key.pem", folder);
    return endpoint->ca_file != NULL && endpoint->cert_file != NULL && endpoint->key_file != NULL
               ? 0
               : fault_set(fault, ENOMEM, "out of memory");
}

static int use_tcp(struct endpoint *endpoint, const struct endpoint_wish *wish, const char *address,
                   bool tls, struct fault *fault)
{
    if (address[0] == '\0' || strpbrk(address, "/?#@ ") != NULL)
        return fault_set(fault, EINVAL, "docker.host: \"%s\" is not of the form tcp://host:port",
                         wish->host);
    endpoint->base_url = text_format("%s://%s", tls ? "https" : "http", address);
    endpoint->name = strdup(wish->host);
    return tls && wish->cert_path != NULL ? use_certificates(endpoint, wish->cert_path, fault) : 0;
}

static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static int choose(const struct endpoint_wish *wish, struct endpoint *endpoint, struct fault *fault)
{
    const char *rest;

    if (wish->host == NULL || wish->host[0] == '\0')
        return use_socket(endpoint, find_socket(wish->runtime_dir), fault);
    if ((rest = after(wish->host, UNIX_PREFIX)) != NULL)
        return use_socket(endpoint, strdup(rest), fault);
    if ((rest = after(wish->host, "tcp://")) != NULL)
        return use_tcp(endpoint, wish, rest, wish->tls, fault);
    if ((rest = after(wish->host, "http://")) != NULL)
        return use_tcp(endpoint, wish, rest, false, fault);
    if ((rest = after(wish->host, "https://")) != NULL)
        return use_tcp(endpoint, wish, rest, true, fault);
    return fault_set(fault, EINVAL,
                     "docker.host: \"%s\" is neither unix:///path/to/socket nor tcp://host:port%s",
                     wish->host,
                     after(wish->host, "ssh://") != NULL
                         ? "; forward the socket over ssh, and name the forwarded one"
                         : "");
}

int endpoint_find(const struct endpoint_wish *wish, struct endpoint *endpoint, struct fault *fault)
{
    *endpoint = (struct endpoint){ 0 };
    int rc = choose(wish, endpoint, fault);

    if (rc == 0 && (endpoint->name == NULL || endpoint->base_url == NULL))
        rc = fault_set(fault, ENOMEM, "out of memory");
    if (rc != 0) {
        endpoint_clear(endpoint);
        return rc;
    }
    endpoint->http = (struct http_endpoint){ .base_url = endpoint->base_url,
                                             .unix_socket = endpoint->socket,
                                             .ca_file = endpoint->ca_file,
                                             .cert_file = endpoint->cert_file,
                                             .key_file = endpoint->key_file };
    return 0;
}

void endpoint_clear(struct endpoint *endpoint)
{
    free(endpoint->name);
    free(endpoint->base_url);
    free(endpoint->socket);
    free(endpoint->ca_file);
    free(endpoint->cert_file);
    free(endpoint->key_file);
    *endpoint = (struct endpoint){ 0 };
}
