/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the HTTP client share: a server and a client per test. */
#ifndef MAPS_TESTS_HTTP_SUITE_H
#define MAPS_TESTS_HTTP_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_server.h"

#include <http.h>

struct http_suite {
    struct http_server server;
    struct http_client *client; /* over the unix socket */
};

int http_suite_setup(void **state);
int http_suite_teardown(void **state);

struct http_client *http_suite_client(const char *base_url, const char *unix_socket);
/* A GET with a generous deadline. */
struct http_request http_suite_get(const char *path);
/* Fails with the call's sentence if it fails. */
void http_suite_call(struct http_client *client, const struct http_request *request,
                     struct http_reply *reply);
/* The call fails with this errno, a sentence that contains the text, and an empty reply. */
void http_suite_fails(struct http_client *client, const struct http_request *request, int errnum,
                      const char *text);

#endif
