/* SPDX-License-Identifier: Apache-2.0 */
/* Where the engine is, and which version of its API is spoken. */
#include "endpoint.h"
#include "engine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int find(const char *host, bool tls, const char *certificates, struct endpoint *endpoint,
                struct fault *fault)
{
    const struct endpoint_wish wish = { .host = host, .tls = tls, .cert_path = certificates };

    return endpoint_find(&wish, endpoint, fault);
}

static void test_a_unix_socket_is_taken_as_it_is(void **state)
{
    struct endpoint endpoint;
    struct fault fault;

    (void)state;
    assert_int_equal(find("unix:///run/x.sock", false, NULL, &endpoint, &fault), 0);
    assert_string_equal(endpoint.http.unix_socket, "/run/x.sock");
    assert_string_equal(endpoint.name, "unix:///run/x.sock");
    endpoint_clear(&endpoint);
}

static void test_tcp_speaks_tls_when_it_is_told_to(void **state)
{
    struct endpoint endpoint;
    struct fault fault;

    (void)state;
    assert_int_equal(find("tcp://h:2376", true, "/certs", &endpoint, &fault), 0);
    assert_string_equal(endpoint.http.base_url, "https://h:2376");
    assert_string_equal(endpoint.http.ca_file, "/certs/ca.pem");
    assert_null(endpoint.http.unix_socket);
    endpoint_clear(&endpoint);
    assert_int_equal(find("tcp://h:2375", false, "/certs", &endpoint, &fault), 0);
    assert_string_equal(endpoint.http.base_url, "http://h:2375");
    assert_null(endpoint.http.ca_file);
    endpoint_clear(&endpoint);
}

static void test_what_is_no_address_is_refused_with_what_would_be(void **state)
{
    const char *const bad[] = { "unix://relative",    "tcp://",
                                "tcp://a/b",          "ssh://me@there",
                                "npipe:////./pipe/x", "localhost:2375" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct endpoint endpoint;
        struct fault fault = { "" };

        assert_int_equal(find(bad[i], false, NULL, &endpoint, &fault), -EINVAL);
        assert_non_null(strstr(fault.text, "docker.host"));
    }
}

static void test_the_lowest_sufficient_version_is_spoken(void **state)
{
    (void)state;
    assert_int_equal(engine_choose_api(1012, 1041), 1041);
    assert_int_equal(engine_choose_api(1024, 1050), 1041);
    assert_int_equal(engine_choose_api(1044, 1051), 1044);
    assert_int_equal(engine_choose_api(1012, 1040), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_unix_socket_is_taken_as_it_is),
        cmocka_unit_test(test_tcp_speaks_tls_when_it_is_told_to),
        cmocka_unit_test(test_what_is_no_address_is_refused_with_what_would_be),
        cmocka_unit_test(test_the_lowest_sufficient_version_is_spoken),
    };

    return cmocka_run_group_tests_name("docker_endpoint", tests, NULL, NULL);
}
