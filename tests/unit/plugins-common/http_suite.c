/* SPDX-License-Identifier: Apache-2.0 */
#include "http_suite.h"

#include <stdlib.h>
#include <string.h>

struct http_client *http_suite_client(const char *base_url, const char *unix_socket)
{
    const struct http_endpoint endpoint = { .base_url = base_url, .unix_socket = unix_socket };
    struct fault fault = { "" };
    struct http_client *client = http_client_new(&endpoint, &fault);

    if (client == NULL)
        fail_msg("%s", fault.text);
    return client;
}

int http_suite_setup(void **state)
{
    struct http_suite *suite = calloc(1, sizeof(*suite));

    if (suite == NULL)
        return -1;
    http_server_start(&suite->server);
    suite->client = http_suite_client("http://engine", suite->server.socket);
    *state = suite;
    return 0;
}

int http_suite_teardown(void **state)
{
    struct http_suite *suite = *state;

    http_client_free(suite->client);
    http_server_stop(&suite->server);
    free(suite);
    return 0;
}

struct http_request http_suite_get(const char *path)
{
    return (struct http_request){ .method = "GET", .path = path, .timeout_ms = 60000 };
}

void http_suite_call(struct http_client *client, const struct http_request *request,
                     struct http_reply *reply)
{
    struct fault fault = { "" };
    int rc = http_call(client, request, reply, &fault);

    if (rc != 0)
        fail_msg("%s %s: %d, %s", request->method, request->path, rc, fault.text);
}

void http_suite_fails(struct http_client *client, const struct http_request *request, int errnum,
                      const char *text)
{
    struct fault fault = { "" };
    HTTP_REPLY_AUTO reply = { 0 };
    int rc = http_call(client, request, &reply, &fault);

    if (rc != -errnum)
        fail_msg("%s: %d instead of %d, %s", request->path, rc, -errnum, fault.text);
    if (strstr(fault.text, text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", fault.text, text);
    assert_null(reply.body);
    assert_int_equal(reply.status, 0);
}
