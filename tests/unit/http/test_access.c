/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says about itself, whom it lets in, and how it listens. */
#include "stage.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SCRIPT "{\"script_content\":\"print(1)\",\"job_id\":\"mine\"}"

/* ---- the system ---- */

static void info_names_the_runtime_and_every_plugin(void **state)
{
    struct reply reply = ask(*state, "GET /api/system/info", NULL, NULL);

    assert_non_null(strstr(reply.body, "\"runtime\":\"sandbox\""));
    assert_non_null(strstr(reply.body, "\"detected_by\":\"configuration\""));
    assert_non_null(
        strstr(reply.body, "\"state\":\"refused\",\"error\":\"It is not an ELF file.\""));
    assert_non_null(
        strstr(reply.body, "\"state\":\"ready\",\"engine_version\":\"bubblewrap 0.8.0\""));
    assert_non_null(strstr(reply.body, "\"profiles\":[\"python\"]"));
    assert_non_null(strstr(reply.body, "\"queue\":{\"queued\":2,\"running\":1"));
    assert_json(&reply, 200, "runner_type", "\"SandboxRunner\"");
}

static void readiness_says_what_is_missing(void **state)
{
    struct stage *stage = *state;
    struct reply reply = ask(stage, "GET /readyz", NULL, NULL);

    assert_json(&reply, 200, "status", "\"ready\"");
    fake_jobs_set_trouble(stage->jobs, "Install bubblewrap.", "The disk is full.");
    reply = ask(stage, "GET /readyz", NULL, NULL);
    assert_non_null(strstr(reply.body, "Install bubblewrap."));
    assert_non_null(strstr(reply.body, "The disk is full."));
    assert_problem(&reply, 503, NULL);
    reply = ask(stage, "GET /health", NULL, NULL);
    assert_json(&reply, 503, "status", "\"unhealthy\"");
    reply = ask(stage, "GET /healthz", NULL, NULL);
    assert_json(&reply, 200, "status", "\"ok\"");
    fake_jobs_set_trouble(stage->jobs, NULL, NULL);
    reply = ask(stage, "GET /health", NULL, NULL);
    assert_json(&reply, 200, "status", "\"healthy\"");
}

static void info_says_which_settings_hold_and_why_others_do_not(void **state)
{
    static char file[] = "/etc/maps.conf";
    struct stage *stage = *state;
    struct reply reply = ask(stage, "GET /api/system/info", NULL, NULL);

    assert_non_null(strstr(reply.body, "\"config\":{\"file\":null,\"loaded_at\":\"20"));
    assert_non_null(strstr(reply.body, "Z\",\"error\":null}"));
    reply_clear(&reply);
    stage->settings.config_file = file;
    current_settings_refuse(&stage->current, "/etc/maps.conf:1: no\n/etc/maps.conf:2: no");
    reply = ask(stage, "GET /api/system/info", NULL, NULL);
    assert_non_null(strstr(reply.body, "\"config\":{\"file\":\"/etc/maps.conf\","));
    assert_non_null(
        strstr(reply.body, "\"error\":\"/etc/maps.conf:1: no\\n/etc/maps.conf:2: no\"}"));
    reply_clear(&reply);
}

static void settings_of_a_reload_are_for_new_requests(void **state)
{
    static struct settings strict; /* an exchange may look at it a moment longer than we */
    struct stage *stage = *state;
    static char name[] = "maps.example.org";
    static char *hosts[] = { name, NULL };

    struct reply reply = ask(stage, "GET /healthz", "Host: maps.example.org\r\n", NULL);
    assert_problem(&reply, 403, "Host");
    int before = peer_open(stage);
    peer_send(before, "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                      "application/json\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
    reply = peer_receive(before, true); /* so its header has been looked at */
    assert_int_equal(reply.status, 100);
    reply_clear(&reply);
    strict = stage->settings;
    atomic_init(&strict.references, 1);
    strict.http_allowed_hosts = hosts;
    strict.http_max_body_bytes = 1024;
    current_settings_replace(&stage->current, &strict);
    reply = ask(stage, "GET /healthz", "Host: maps.example.org\r\n", NULL);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    char body[2001];
    memset(body, ' ', sizeof(body) - 1);
    memcpy(body, SCRIPT, strlen(SCRIPT));
    body[2000] = '\0';
    reply = ask(stage, "POST /api/jobs", NULL, body);
    assert_problem(&reply, 413, NULL);
    peer_send(before, body);
    reply = peer_receive(before, false);
    assert_int_equal(reply.status, 202);
    reply_clear(&reply);
    (void)close(before);
    current_settings_replace(&stage->current, &stage->settings);
}

/* ---- who asks ---- */

static void pages_from_elsewhere_read_no_jobs_but_may_see_health(void **state)
{
    static const char foreign[] = "Origin: https://evil.example\r\n";
    struct reply reply = ask(*state, "GET /api/jobs", foreign, NULL);

    assert_problem(&reply, 403, "Origin");
    reply = ask(*state, "GET /healthz", foreign, NULL);
    assert_int_equal(reply.status, 200);
    assert_null(reply_header(&reply, "Access-Control-Allow-Origin"));
    reply_clear(&reply);
    reply = ask(*state, "OPTIONS /api/jobs", foreign, NULL);
    assert_null(reply_header(&reply, "Access-Control-Allow-Origin"));
    assert_problem(&reply, 403, "Origin");
}

static void listed_pages_may_do_everything(void **state)
{
    static char origin[] = "https://ui.example";
    static char *origins[] = { origin, NULL };
    struct stage stage;

    (void)state;
    stage_set(&stage);
    stage.settings.http_allowed_origins = origins;
    stage_start(&stage, "secret");
    struct reply reply = ask(&stage, "OPTIONS /api/jobs", "Origin: https://ui.example\r\n", NULL);
    assert_int_equal(reply.status, 204);
    assert_string_equal(reply_header(&reply, "Access-Control-Allow-Origin"), origin);
    assert_non_null(strstr(reply_header(&reply, "Access-Control-Allow-Headers"), "Authorization"));
    reply_clear(&reply);
    reply = ask(&stage, "POST /api/jobs",
                "Origin: https://ui.example\r\nAuthorization: Bearer secret\r\n", SCRIPT);
    assert_string_equal(reply_header(&reply, "Access-Control-Allow-Origin"), origin);
    assert_json(&reply, 202, "job_id", "\"mine\"");
    stage_clear(&stage);
}

static void jobs_need_the_token_and_health_does_not(void **state)
{
    struct stage stage;

    (void)state;
    stage_set(&stage);
    stage_start(&stage, "secret");
    struct reply reply = ask(&stage, "GET /api/jobs", NULL, NULL);
    assert_memory_equal(reply_header(&reply, "WWW-Authenticate"), "Bearer", 6);
    assert_problem(&reply, 401, "Authorization");
    reply = ask(&stage, "POST /api/jobs", "Authorization: Bearer wrong\r\n", SCRIPT);
    assert_problem(&reply, 401, "Authorization");
    reply = ask(&stage, "GET /api/jobs/UPPER", NULL, NULL);
    assert_problem(&reply, 401, "Authorization");
    reply = ask(&stage, "GET /api/jobs", "Authorization: Bearer secret\r\n", NULL);
    assert_json(&reply, 200, "next_cursor", "null");
    reply = ask(&stage, "GET /api/system/info", NULL, NULL);
    assert_json(&reply, 200, "name", "\"maps-backend\"");
    reply = ask(&stage, "GET /readyz", NULL, NULL);
    assert_json(&reply, 200, "status", "\"ready\"");
    assert_int_equal(fake_jobs_submissions(stage.jobs), 0);
    stage_clear(&stage);
}

/* ---- connections ---- */

static void an_address_that_cannot_be_listened_on_is_named(void **state)
{
    static char taken[] = "127.0.0.1", nonsense[] = "localhost";
    struct stage *stage = *state;
    struct settings settings = stage->settings;
    struct current_settings current;
    const struct http_parts parts = { .settings = &current, .jobs = stage->jobs };
    struct http_server *server;

    atomic_init(&settings.references, 1);
    current_settings_init(&current, &settings);
    settings.listen_address = taken;
    settings.listen_port = http_server_port(stage->server);
    struct error *err = http_server_start(&parts, &server);
    assert_non_null(err);
    assert_non_null(strstr(err->message, "127.0.0.1 port "));
    error_free(err);
    settings.listen_address = nonsense;
    err = http_server_start(&parts, &server);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_INVALID);
    error_free(err);
    current_settings_clear(&current);
}

/* Asks a server on ::1 as a client of IPv6 would. */
static int peer_open_v6(uint16_t port)
{
    const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
                                          .sin6_port = htons(port),
                                          .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    int peer = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(peer, (const struct sockaddr *)&address, sizeof(address)), 0);
    return peer;
}

static void ipv6_is_listened_on_too(void **state)
{
    static char address[] = "::1";
    struct stage stage;

    (void)state;
    int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    bool available = probe >= 0 && bind(probe, (const struct sockaddr *)&any, sizeof(any)) == 0;
    if (probe >= 0)
        (void)close(probe);
    if (!available) {
        print_message("SKIPPED: this machine has no IPv6 loopback\n");
        skip();
    }
    stage_set(&stage);
    stage.settings.listen_address = address;
    stage_start(&stage, NULL);
    int peer = peer_open_v6(http_server_port(stage.server));
    peer_ask(peer, "GET /healthz", "Host: [::1]:8000\r\n", NULL);
    struct reply reply = peer_receive(peer, false);
    assert_json(&reply, 200, "status", "\"ok\"");
    (void)close(peer);
    stage_clear(&stage);
}

static void a_kept_connection_serves_many_requests(void **state)
{
    struct stage *stage = *state;
    int peer = peer_open(stage);

    fake_job_add(stage->jobs, "a", "{}");
    for (int i = 0; i < 20; i++) {
        peer_ask(peer, i % 2 == 0 ? "GET /api/jobs/a" : "POST /api/jobs/a/cancel", NULL, NULL);
        struct reply reply = peer_receive(peer, false);
        assert_json(&reply, i % 2 == 0 ? 200 : 202, "job_id", "\"a\"");
        peer_ask(peer, "POST /api/jobs", "Host: evil.example\r\n", SCRIPT);
        reply = peer_receive(peer, false);
        assert_problem(&reply, 403, "Host");
    }
    (void)close(peer);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    int peer = peer_open(*state);

    for (int i = 0; i < 10; i++) {
        peer_ask(peer, "GET /api/jobs/nobody", NULL, NULL);
        peer_ask(peer, "GET /healthz", NULL, NULL);
    }
    for (int i = 0; i < 10; i++) {
        struct reply reply = peer_receive(peer, false);
        assert_problem(&reply, 404, NULL);
        reply = peer_receive(peer, false);
        assert_json(&reply, 200, "status", "\"ok\"");
    }
    (void)close(peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(info_names_the_runtime_and_every_plugin),
        TEST(info_says_which_settings_hold_and_why_others_do_not),
        TEST(settings_of_a_reload_are_for_new_requests),
        TEST(readiness_says_what_is_missing),
        TEST(pages_from_elsewhere_read_no_jobs_but_may_see_health),
        cmocka_unit_test(listed_pages_may_do_everything),
        cmocka_unit_test(jobs_need_the_token_and_health_does_not),
        TEST(an_address_that_cannot_be_listened_on_is_named),
        cmocka_unit_test(ipv6_is_listened_on_too),
        TEST(a_kept_connection_serves_many_requests),
        TEST(pipelined_requests_are_answered_in_order),
    };

    return cmocka_run_group_tests_name("http_access", tests, NULL, NULL);
}
