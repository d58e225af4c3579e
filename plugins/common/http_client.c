/* SPDX-License-Identifier: Apache-2.0 */
/* A client: where the server is, and the idle lines to it. */
#include "http_parts.h"

#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

int http_global_init(void)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    /* Then it also counts its callers, so that several plugins may do this. */
    if ((info->features & CURL_VERSION_THREADSAFE) == 0)
        return -ENOSYS;
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOSYS;
}

void http_line_close(struct http_line *line)
{
    curl_easy_cleanup(line->easy);
    curl_multi_cleanup(line->multi);
    *line = (struct http_line){ 0 };
}

static bool line_open(struct http_line *line)
{
    line->multi = curl_multi_init();
    line->easy = curl_easy_init();
    if (line->multi == NULL || line->easy == NULL ||
        curl_multi_setopt(line->multi, CURLMOPT_MAXCONNECTS, 1L) != CURLM_OK) {
        http_line_close(line);
        return false;
    }
    return true;
}

bool http_line_take(struct http_client *client, struct http_line *line)
{
    bool found = false;

    pthread_mutex_lock(&client->lock);
    if (client->idle_count > 0) {
        *line = client->idle[--client->idle_count];
        found = true;
    }
    pthread_mutex_unlock(&client->lock);
    return found || line_open(line);
}

void http_line_give_back(struct http_client *client, struct http_line *line)
{
    bool kept = false;

    curl_easy_reset(line->easy);
    pthread_mutex_lock(&client->lock);
    if (client->idle_count < HTTP_IDLE_LINES) {
        client->idle[client->idle_count++] = *line;
        kept = true;
    }
    pthread_mutex_unlock(&client->lock);
    if (!kept)
        http_line_close(line);
}

static bool copy_text(char **to, const char *from)
{
    *to = from == NULL ? NULL : strdup(from);
    return from == NULL || *to != NULL;
}

static bool copy_endpoint(struct http_client *client, const struct http_endpoint *endpoint)
{
    client->name = endpoint->unix_socket != NULL ? text_format("unix://%s", endpoint->unix_socket)
                                                 : strdup(endpoint->base_url);
    return client->name != NULL && copy_text(&client->base_url, endpoint->base_url) &&
           copy_text(&client->unix_socket, endpoint->unix_socket) &&
           copy_text(&client->ca_file, endpoint->ca_file) &&
           copy_text(&client->cert_file, endpoint->cert_file) &&
           copy_text(&client->key_file, endpoint->key_file);
}

static int check_endpoint(const struct http_endpoint *endpoint, struct fault *fault)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    const struct sockaddr_un address;

    if (endpoint->unix_socket != NULL && (info->features & CURL_VERSION_UNIX_SOCKETS) == 0)
        return fault_set(fault, ENOSYS, "This libcurl (%s) cannot use unix sockets", info->version);
    if (endpoint->unix_socket != NULL && strlen(endpoint->unix_socket) >= sizeof(address.sun_path))
        return fault_set(fault, ENAMETOOLONG,
                         "The socket path %s is too long: %zu bytes are the most that it may have",
                         endpoint->unix_socket, sizeof(address.sun_path) - 1);
    if (strncmp(endpoint->base_url, "https:", 6) == 0 && (info->features & CURL_VERSION_SSL) == 0)
        return fault_set(fault, ENOSYS, "This libcurl (%s) has no TLS", info->version);
    return 0;
}

struct http_client *http_client_new(const struct http_endpoint *endpoint, struct fault *fault)
{
    struct http_client *client;

    if (check_endpoint(endpoint, fault) != 0)
        return NULL;
    client = calloc(1, sizeof(*client));
    if (client != NULL)
        pthread_mutex_init(&client->lock, NULL);
    if (client == NULL || !copy_endpoint(client, endpoint)) {
        fault_set(fault, ENOMEM, "Out of memory");
        http_client_free(client);
        return NULL;
    }
    return client;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    while (client->idle_count > 0)
        http_line_close(&client->idle[--client->idle_count]);
    pthread_mutex_destroy(&client->lock);
    free(client->base_url);
    free(client->unix_socket);
    free(client->ca_file);
    free(client->cert_file);
    free(client->key_file);
    free(client->name);
    free(client);
}
