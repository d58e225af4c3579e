/* SPDX-License-Identifier: Apache-2.0 */
/* A small server on a unix socket and on loopback that answers as its paths say. */
#ifndef MAPS_TESTS_HTTP_SERVER_H
#define MAPS_TESTS_HTTP_SERVER_H

#include <semaphore.h>
#include <stdatomic.h>

/*
 * /hello        200 and "hello"
 * /echo         200 and the request as it came (the body without its chunks' framing)
 * /busy         503 with Retry-After: 7 and "too busy"
 * /moved        302 to /hello
 * /chunks       200, "one two three" in chunks
 * /silent       nothing, until the peer hangs up
 * /cut          a body that is shorter than its Content-Length
 * /cut-chunks   a chunked body without its end
 * /hang-up      closes without a word
 * /hang-up-next 200, and closes without a word when the next request has come
 * /ssh          what is not HTTP
 * /together     200 as soon as as many as `together` wait for this
 */
struct http_server {
    char folder[32], socket[64], tcp_url[64];
    int unix_fd, tcp_fd, stop_fd;
    atomic_int connections, requests, waiting;
    int together;
    sem_t asked; /* posted for each request, once it is read */
    struct connection *first;
    void *thread;
};

void http_server_start(struct http_server *server);
/* Hangs up on all, and waits for the threads. */
void http_server_stop(struct http_server *server);

#endif
