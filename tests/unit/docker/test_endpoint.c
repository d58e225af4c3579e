/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <endpoint.h>
#include <engine.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void assert_endpoint(const struct endpoint_wish *wish, const char *base_url,
                            const char *socket)
{
    struct endpoint endpoint;
    struct fault fault = { "" };

    if (endpoint_find(wish, &endpoint, &fault) != 0)
        fail_msg("%s: %s", wish->host, fault.text);
    assert_string_equal(endpoint.http.base_url, base_url);
    if (socket == NULL)
        assert_null(endpoint.http.unix_socket);
    else
        assert_string_equal(endpoint.http.unix_socket, socket);
    assert_string_equal(endpoint.name, wish->host);
    endpoint_clear(&endpoint);
}

static void each_notation_of_docker_host_is_understood(void **state)
{
    (void)state;
    assert_endpoint(&(struct endpoint_wish){ .host = "unix:///run/e.sock" }, "http://docker",
                    "/run/e.sock");
    assert_endpoint(&(struct endpoint_wish){ .host = "tcp://10.0.0.1:2375" },
                    "http://10.0.0.1:2375", NULL);
    assert_endpoint(&(struct endpoint_wish){ .host = "tcp://[::1]:2376", .tls = true },
                    "https://[::1]:2376", NULL);
    assert_endpoint(&(struct endpoint_wish){ .host = "https://engine.example:2376" },
                    "https://engine.example:2376", NULL);
    assert_endpoint(&(struct endpoint_wish){ .host = "http://engine.example:2375", .tls = true },
                    "http://engine.example:2375", NULL);
}

static void certificates_are_used_with_tls_only(void **state)
{
    struct endpoint_wish wish = { .host = "tcp://h:2376", .cert_path = "/certs", .tls = true };
    struct endpoint endpoint;
    struct fault fault;

    (void)state;
    assert_int_equal(endpoint_find(&wish, &endpoint, &fault), 0);
    assert_string_equal(endpoint.http.ca_file, "/certs/ca.pem");
    assert_string_equal(endpoint.http.cert_file, "/certs/cert.pem");
    assert_string_equal(endpoint.http.key_file, "/certs/key.pem");
    endpoint_clear(&endpoint);
    wish.tls = false;
    assert_int_equal(endpoint_find(&wish, &endpoint, &fault), 0);
    assert_null(endpoint.http.ca_file);
    assert_null(endpoint.http.cert_file);
    assert_null(endpoint.http.key_file);
    endpoint_clear(&endpoint);
}

static void other_hosts_are_refused_with_what_to_say_instead(void **state)
{
    static const struct {
        const char *host, *says;
    } cases[] = {
        { "/run/docker.sock", "unix:///path/to/socket" },
        { "ssh://me@host", "forward the socket over ssh" },
        { "npipe:////./pipe/docker", "tcp://host:port" },
        { "unix://docker.sock", "not an absolute path" },
        { "unix://", "not an absolute path" },
        { "tcp://", "tcp://host:port" },
        { "tcp://host:1/path", "tcp://host:port" },
        { "tcp://user@host:1", "tcp://host:port" },
        { "tcp://host:1?x", "tcp://host:port" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct endpoint_wish wish = { .host = cases[i].host };
        struct endpoint endpoint;
        struct fault fault = { "" };

        assert_int_equal(endpoint_find(&wish, &endpoint, &fault), -EINVAL);
        assert_null(endpoint.name);
        if (strstr(fault.text, cases[i].says) == NULL || strstr(fault.text, "docker.host") == NULL)
            fail_msg("%s: %s", cases[i].host, fault.text);
    }
}

/* Where there is no engine for the whole machine, a rootless one is looked for. */
static void without_a_host_a_users_own_socket_is_found(void **state)
{
    char folder[] = "/tmp/maps-endpoint-XXXXXX", path[64];
    struct endpoint_wish wish = { .runtime_dir = folder };
    struct endpoint endpoint;
    struct fault fault;

    (void)state;
    if (access("/var/run/docker.sock", F_OK) == 0) {
        print_message("SKIPPED: this machine has a /var/run/docker.sock, which goes first\n");
        skip();
    }
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/docker.sock", folder);
    fclose(fopen(path, "w"));
    assert_int_equal(endpoint_find(&wish, &endpoint, &fault), 0);
    (void)unlink(path);
    (void)rmdir(folder);
    assert_string_equal(endpoint.http.unix_socket, path);
    endpoint_clear(&endpoint);
}

static void the_oldest_version_that_both_speak_is_chosen(void **state)
{
    (void)state;
    assert_int_equal(engine_choose_api(1012, 1041), 1041);
    assert_int_equal(engine_choose_api(1024, 1047), 1041);
    assert_int_equal(engine_choose_api(1044, 1052), 1044);
    assert_int_equal(engine_choose_api(0, 1041), 1041);
    assert_int_equal(engine_choose_api(2000, 2003), 2000);
    assert_int_equal(engine_choose_api(1012, 1040), 0);
    assert_int_equal(engine_choose_api(0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_notation_of_docker_host_is_understood),
        cmocka_unit_test(certificates_are_used_with_tls_only),
        cmocka_unit_test(other_hosts_are_refused_with_what_to_say_instead),
        cmocka_unit_test(without_a_host_a_users_own_socket_is_found),
        cmocka_unit_test(the_oldest_version_that_both_speak_is_chosen),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
