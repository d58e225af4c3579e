/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP calls to an engine's API, over TCP, TLS or a unix socket, by libcurl.  A client keeps
 * idle connections for the next call; any number of threads may use it at once.  Every
 * call has a deadline, or can be woken by another thread, or both.
 */
#ifndef MAPS_PLUGINS_COMMON_HTTP_H
#define MAPS_PLUGINS_COMMON_HTTP_H

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

/* Once in the plugin's load(), on the main thread: sets up libcurl and its TLS library.  0, or
 * -ENOSYS if this libcurl cannot be used from several threads. */
int http_global_init(void);

struct http_client;

/* Where a server is.  Copied by http_client_new; NULL where there is none. */
struct http_endpoint {
    const char *base_url;    /* "http://docker" or "https://host:2376", without a path */
    const char *unix_socket; /* absolute path: connect there, whatever base_url's host is */
    const char *ca_file;     /* PEM; NULL: the system's */
    const char *cert_file, *key_file; /* PEM client certificate */
};

/* NULL with a fault (out of memory, libcurl cannot be used). */
struct http_client *http_client_new(const struct http_endpoint *endpoint, struct fault *fault);
/* No call may be under way. */
void http_client_free(struct http_client *client);

/* Lets one thread interrupt the calls of another.  Sticky: once woken, every call with this
 * waker ends at once with -EINTR until http_waker_reset(). */
struct http_waker;
struct http_waker *http_waker_new(void); /* NULL: out of memory */
void http_waker_free(struct http_waker *waker);
void http_wake(struct http_waker *waker); /* any thread, does not block */
void http_waker_reset(struct http_waker *waker);

struct http_request {
    const char *method;         /* "GET" */
    const char *path;           /* "/v1.41/containers/json?all=1": escaped already */
    const char *const *headers; /* "Name: value" ..., NULL; or NULL */
    const char *content_type;   /* of the body */
    const void *body;
    size_t body_length;
    /* Instead of body: fills buffer with up to size bytes and returns how many; 0 at the end,
     * negative errno to break off.  Sent chunked. */
    long (*read_body)(void *context, void *buffer, size_t size);
    /* Takes the body of a 2xx reply as it comes; non-zero breaks off (a negative errno, which
     * http_call returns).  NULL: it is collected in the reply.  The body of any other status
     * is always collected. */
    int (*take_body)(void *context, const void *bytes, size_t length);
    void *context;            /* of both */
    uint64_t timeout_ms;      /* for the whole call; 0: none */
    size_t max_reply_bytes;   /* of a collected body; 0: 8 MiB.  More is -EFBIG */
    struct http_waker *waker; /* or NULL */
};
/* An idle connection may turn out to be closed by the server, and the request is then sent
 * once more.  Not so a POST, or a body from read_body: these get a connection of their own,
 * so that the server sees them once at most. */

struct http_reply {
    long status;
    char *body; /* NUL-terminated, never NULL after success; free with http_reply_clear */
    size_t length;
    uint64_t retry_after_ms; /* from the Retry-After header; 0: none */
};
void http_reply_clear(struct http_reply *reply); /* a zeroed one is fine */
#define HTTP_REPLY_AUTO __attribute__((cleanup(http_reply_clear))) struct http_reply

/*
 * 0: a whole reply arrived, whatever its status.  Otherwise a negative errno, with a sentence
 * that names the endpoint in fault, and the reply is empty:
 *   -ECONNREFUSED, -ENOENT, -EACCES, -EHOSTUNREACH   not connected: nothing was sent
 *   -EPROTO     TLS failed or the peer does not speak HTTP: nothing was handled
 *   -ETIMEDOUT, -ECONNRESET   it broke off: the server may or may not have acted
 *   -EINTR      woken: likewise
 *   -EFBIG, or what a callback returned
 */
int http_call(struct http_client *client, const struct http_request *request,
              struct http_reply *reply, struct fault *fault);

#endif
