/* SPDX-License-Identifier: Apache-2.0 */
/* Between the http*.c files. */
#ifndef MAPS_PLUGINS_COMMON_HTTP_PARTS_H
#define MAPS_PLUGINS_COMMON_HTTP_PARTS_H

#include "http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>

/* What one call uses: a multi handle, which keeps the connection from call to call, and the
 * easy handle that is in it during a call. */
struct http_line {
    CURLM *multi;
    CURL *easy;
};

enum { HTTP_IDLE_LINES = 32 };

struct http_client {
    char *base_url, *unix_socket, *ca_file, *cert_file, *key_file;
    char *name; /* for people: "unix:///run/docker.sock", "https://host:2376" */
    pthread_mutex_t lock;
    struct http_line idle[HTTP_IDLE_LINES]; /* the last is the one used last */
    size_t idle_count;
};

/* An idle line or a new one; false: out of memory or descriptors. */
bool http_line_take(struct http_client *client, struct http_line *line);
void http_line_give_back(struct http_client *client, struct http_line *line);
void http_line_close(struct http_line *line);

/* Becomes readable when the waker is woken. */
int http_waker_fd(const struct http_waker *waker);
bool http_waker_is_woken(const struct http_waker *waker);

/* How a call went wrong, for the sentence. */
struct http_failure {
    const struct http_client *client;
    const struct http_request *request;
    CURLcode code;
    long os_errno;
    bool sent;          /* at least a part of the request */
    const char *detail; /* libcurl's words, may be "" */
};
/* The negative errno of http.h for it. */
int http_failure_errno(const struct http_failure *failure);
/* Writes the sentence for it and returns it. */
int http_failure_report(const struct http_failure *failure, struct fault *fault);

#endif
