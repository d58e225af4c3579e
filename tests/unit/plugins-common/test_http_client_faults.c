/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller is told when a call fails: above all, whether the server may have acted. */
#include "http_suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A call to another server than the suite's fails. */
static void fails_at(const char *base_url, const char *unix_socket, int errnum, const char *text)
{
    struct http_client *client = http_suite_client(base_url, unix_socket);
    const struct http_request request = http_suite_get("/hello");

    http_suite_fails(client, &request, errnum, text);
    http_client_free(client);
}

static void a_missing_socket_is_named(void **state)
{
    (void)state;
    fails_at("http://engine", "/nonexistent/engine.sock", ENOENT,
             "unix:///nonexistent/engine.sock");
}

static void a_socket_that_nobody_serves_refuses(void **state)
{
    struct http_suite *suite = *state;
    char path[64];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/file", suite->server.folder);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    fails_at("http://engine", path, ECONNREFUSED, path);
    assert_int_equal(unlink(path), 0);
}

static void a_socket_without_permission_is_told_apart(void **state)
{
    struct http_suite *suite = *state;

    assert_int_equal(chmod(suite->server.socket, 0), 0);
    if (geteuid() == 0) /* whom permissions do not stop */
        assert_int_equal(seteuid(65534), 0);
    fails_at("http://engine", suite->server.socket, EACCES, suite->server.socket);
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void a_port_that_nobody_serves_refuses(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* bound, so that nobody else is */
    char url[64];

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(address.sin_port));
    fails_at(url, NULL, ECONNREFUSED, url);
    close(fd);
}

static void a_socket_path_that_is_too_long_is_refused_at_once(void **state)
{
    char path[200];
    const struct http_endpoint endpoint = { .base_url = "http://engine", .unix_socket = path };
    struct fault fault = { "" };

    (void)state;
    (void)memset(path, 'x', sizeof(path) - 1);
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    assert_null(http_client_new(&endpoint, &fault));
    assert_non_null(strstr(fault.text, "too long"));
}

static void a_silent_server_times_out(void **state)
{
    struct http_suite *suite = *state;
    struct http_request request = http_suite_get("/silent");

    request.timeout_ms = 200;
    http_suite_fails(suite->client, &request, ETIMEDOUT, "200 ms");
    assert_int_equal(suite->server.requests, 1);
}

static void a_body_that_is_cut_off_is_no_reply(void **state)
{
    struct http_suite *suite = *state;
    const struct http_request cut = http_suite_get("/cut");
    const struct http_request cut_chunks = http_suite_get("/cut-chunks");

    http_suite_fails(suite->client, &cut, ECONNRESET, "GET /cut");
    http_suite_fails(suite->client, &cut_chunks, ECONNRESET, "GET /cut-chunks");
    assert_int_equal(suite->server.requests, 2);
}

static void a_server_that_hangs_up_may_have_acted(void **state)
{
    struct http_suite *suite = *state;
    const struct http_request request = http_suite_get("/hang-up");

    http_suite_fails(suite->client, &request, ECONNRESET, suite->server.socket);
}

static void a_server_that_speaks_something_else_is_told_apart(void **state)
{
    struct http_suite *suite = *state;
    const struct http_request request = http_suite_get("/ssh");

    http_suite_fails(suite->client, &request, EPROTO, suite->server.socket);
}

static void a_server_without_tls_is_told_apart(void **state)
{
    struct http_suite *suite = *state;
    char url[64];

    (void)snprintf(url, sizeof(url), "https%s", suite->server.tcp_url + 4);
    fails_at(url, NULL, EPROTO, url);
}

#define WITH_SERVER(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, http_suite_setup, http_suite_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_socket_is_named),
        WITH_SERVER(a_socket_that_nobody_serves_refuses),
        WITH_SERVER(a_socket_without_permission_is_told_apart),
        cmocka_unit_test(a_port_that_nobody_serves_refuses),
        cmocka_unit_test(a_socket_path_that_is_too_long_is_refused_at_once),
        WITH_SERVER(a_silent_server_times_out),
        WITH_SERVER(a_body_that_is_cut_off_is_no_reply),
        WITH_SERVER(a_server_that_hangs_up_may_have_acted),
        WITH_SERVER(a_server_that_speaks_something_else_is_told_apart),
        WITH_SERVER(a_server_without_tls_is_told_apart),
    };

    return http_global_init() != 0 ||
           cmocka_run_group_tests_name("http_client_faults", tests, NULL, NULL);
}
