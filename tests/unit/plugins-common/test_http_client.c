/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent, what comes back, and which connection carries it. */
#include "http_suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void a_reply_brings_status_and_body(void **state)
{
    struct http_suite *suite = *state;
    const struct http_request hello = http_suite_get("/hello"), busy = http_suite_get("/busy");
    HTTP_REPLY_AUTO good = { 0 }, bad = { 0 };

    http_suite_call(suite->client, &hello, &good);
    assert_int_equal(good.status, 200);
    assert_string_equal(good.body, "hello");
    assert_int_equal(good.length, 5);
    assert_int_equal(good.retry_after_ms, 0);
    http_suite_call(suite->client, &busy, &bad);
    assert_int_equal(bad.status, 503);
    assert_string_equal(bad.body, "too busy");
    assert_int_equal(bad.retry_after_ms, 7000);
}

static void a_reply_without_a_body_has_an_empty_one(void **state)
{
    struct http_suite *suite = *state;
    struct http_request request = http_suite_get("/hello");
    HTTP_REPLY_AUTO reply = { 0 };

    request.method = "HEAD";
    http_suite_call(suite->client, &request, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "");
    assert_int_equal(reply.length, 0);
}

static void redirects_are_for_the_caller(void **state)
{
    struct http_suite *suite = *state;
    const struct http_request request = http_suite_get("/moved");
    HTTP_REPLY_AUTO reply = { 0 };

    http_suite_call(suite->client, &request, &reply);
    assert_int_equal(reply.status, 302);
    assert_int_equal(suite->server.requests, 1);
}

static void assert_says(const struct http_reply *reply, const char *text)
{
    if (strstr(reply->body, text) == NULL)
        fail_msg("no \"%s\" in:\n%s", text, reply->body);
}

static void a_request_is_sent_as_it_is_given(void **state)
{
    struct http_suite *suite = *state;
    const char *const headers[] = { "X-Registry-Auth: e30=", "X-Two: b", NULL };
    struct http_request request = http_suite_get("/echo/../%2e/a?filters=%7B%7D");
    HTTP_REPLY_AUTO reply = { 0 };

    request.method = "POST";
    request.headers = headers;
    request.content_type = "application/json";
    request.body = "{\"a\":1}";
    request.body_length = 7;
    http_suite_call(suite->client, &request, &reply);
    assert_memory_equal(reply.body, "POST /echo/../%2e/a?filters=%7B%7D HTTP/1.1\r\n", 45);
    assert_says(&reply, "\r\nHost: engine\r\n");
    assert_says(&reply, "\r\nX-Registry-Auth: e30=\r\n");
    assert_says(&reply, "\r\nX-Two: b\r\n");
    assert_says(&reply, "\r\nContent-Type: application/json\r\n");
    assert_says(&reply, "\r\nContent-Length: 7\r\n");
    assert_says(&reply, "\r\n\r\n{\"a\":1}");
    assert_null(strstr(reply.body, "Expect:"));
}

static void a_post_without_a_body_says_so(void **state)
{
    struct http_suite *suite = *state;
    struct http_request request = http_suite_get("/echo");
    HTTP_REPLY_AUTO reply = { 0 };

    request.method = "POST";
    http_suite_call(suite->client, &request, &reply);
    assert_says(&reply, "\r\nContent-Length: 0\r\n");
    assert_null(strstr(reply.body, "Content-Type:"));
}

struct stream {
    const char *rest;
    int pieces, fails;
    char taken[64];
};

static long three_bytes(void *context, void *buffer, size_t size)
{
    struct stream *stream = context;
    size_t length = strnlen(stream->rest, size < 3 ? size : 3);

    if (stream->fails != 0)
        return stream->fails;
    memcpy(buffer, stream->rest, length);
    stream->rest += length;
    stream->pieces++;
    return (long)length;
}

static int take(void *context, const void *bytes, size_t length)
{
    struct stream *stream = context;

    assert_true(strlen(stream->taken) + length < sizeof(stream->taken));
    (void)strncat(stream->taken, bytes, length);
    return stream->fails;
}

static void a_body_can_be_sent_as_it_is_made(void **state)
{
    struct http_suite *suite = *state;
    struct stream stream = { .rest = "made in pieces" };
    struct http_request request = http_suite_get("/echo");
    HTTP_REPLY_AUTO reply = { 0 };

    request.method = "PUT";
    request.read_body = three_bytes;
    request.content_type = "application/x-tar";
    request.context = &stream;
    http_suite_call(suite->client, &request, &reply);
    assert_memory_equal(reply.body, "PUT /echo", 9);
    assert_says(&reply, "\r\n\r\nmade in pieces");
    assert_int_equal(stream.pieces, 6);
}

static void a_body_can_be_taken_as_it_comes(void **state)
{
    struct http_suite *suite = *state;
    struct stream stream = { .rest = "" };
    struct http_request request = http_suite_get("/chunks");
    HTTP_REPLY_AUTO reply = { 0 };

    request.take_body = take;
    request.context = &stream;
    http_suite_call(suite->client, &request, &reply);
    assert_string_equal(stream.taken, "one two three");
    assert_string_equal(reply.body, "");
}

static void only_the_body_of_a_success_goes_to_the_taker(void **state)
{
    struct http_suite *suite = *state;
    struct stream stream = { .rest = "" };
    struct http_request request = http_suite_get("/busy");
    HTTP_REPLY_AUTO reply = { 0 };

    request.take_body = take;
    request.context = &stream;
    http_suite_call(suite->client, &request, &reply);
    assert_string_equal(stream.taken, "");
    assert_string_equal(reply.body, "too busy");
}

static void a_callback_can_break_off(void **state)
{
    struct http_suite *suite = *state;
    struct stream stream = { .rest = "", .fails = -ENOSPC };
    struct http_request request = http_suite_get("/chunks");

    request.context = &stream;
    request.take_body = take;
    http_suite_fails(suite->client, &request, ENOSPC, "No space left");
    request = http_suite_get("/echo");
    request.context = &stream;
    request.method = "PUT";
    request.read_body = three_bytes;
    stream.fails = -ESTALE;
    http_suite_fails(suite->client, &request, ESTALE, "PUT /echo");
}

static void a_reply_may_be_as_large_as_allowed_and_no_larger(void **state)
{
    struct http_suite *suite = *state;
    struct http_request request = http_suite_get("/chunks");
    HTTP_REPLY_AUTO reply = { 0 };

    request.max_reply_bytes = 13;
    http_suite_call(suite->client, &request, &reply);
    assert_string_equal(reply.body, "one two three");
    request.max_reply_bytes = 12;
    http_suite_fails(suite->client, &request, EFBIG, "larger");
}

static void calls_share_a_connection(void **state)
{
    struct http_suite *suite = *state;
    const struct http_request request = http_suite_get("/hello");

    for (int i = 0; i < 3; i++) {
        HTTP_REPLY_AUTO reply = { 0 };

        http_suite_call(suite->client, &request, &reply);
    }
    assert_int_equal(suite->server.requests, 3);
    assert_int_equal(suite->server.connections, 1);
}

static void a_connection_that_the_server_closed_meanwhile_does_no_harm(void **state)
{
    struct http_suite *suite = *state;
    const struct http_request first = http_suite_get("/hang-up-next");
    const struct http_request second = http_suite_get("/hello");
    HTTP_REPLY_AUTO reply = { 0 };

    http_suite_call(suite->client, &first, &reply);
    http_reply_clear(&reply);
    http_suite_call(suite->client, &second, &reply);
    assert_string_equal(reply.body, "hello");
    assert_int_equal(suite->server.requests, 3);
}

static void a_post_is_never_sent_twice(void **state)
{
    struct http_suite *suite = *state;
    const struct http_request first = http_suite_get("/hang-up-next");
    struct http_request post = http_suite_get("/hang-up");
    HTTP_REPLY_AUTO reply = { 0 };

    http_suite_call(suite->client, &first, &reply);
    post.method = "POST";
    http_suite_fails(suite->client, &post, ECONNRESET, "POST /hang-up");
    assert_int_equal(suite->server.requests, 2);
}

static void a_proxy_in_the_environment_is_not_asked(void **state)
{
    struct http_suite *suite = *state;
    struct http_client *client = http_suite_client(suite->server.tcp_url, NULL);
    const struct http_request request = http_suite_get("/hello");
    HTTP_REPLY_AUTO reply = { 0 };

    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("all_proxy", "http://127.0.0.1:1", 1), 0);
    http_suite_call(client, &request, &reply);
    assert_string_equal(reply.body, "hello");
    http_client_free(client);
}

#define WITH_SERVER(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, http_suite_setup, http_suite_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(a_reply_brings_status_and_body),
        WITH_SERVER(a_reply_without_a_body_has_an_empty_one),
        WITH_SERVER(redirects_are_for_the_caller),
        WITH_SERVER(a_request_is_sent_as_it_is_given),
        WITH_SERVER(a_post_without_a_body_says_so),
        WITH_SERVER(a_body_can_be_sent_as_it_is_made),
        WITH_SERVER(a_body_can_be_taken_as_it_comes),
        WITH_SERVER(only_the_body_of_a_success_goes_to_the_taker),
        WITH_SERVER(a_callback_can_break_off),
        WITH_SERVER(a_reply_may_be_as_large_as_allowed_and_no_larger),
        WITH_SERVER(calls_share_a_connection),
        WITH_SERVER(a_connection_that_the_server_closed_meanwhile_does_no_harm),
        WITH_SERVER(a_post_is_never_sent_twice),
        WITH_SERVER(a_proxy_in_the_environment_is_not_asked),
    };

    return http_global_init() != 0 || cmocka_run_group_tests_name("http_client", tests, NULL, NULL);
}
