/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are too large, cut short or never end, and clients that trickle. */
#include "stage.h"

#include "base/clock.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define POST_HEAD "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

static char *spaces(size_t length)
{
    char *text = malloc(length + 1);

    memset(text, ' ', length);
    text[length] = '\0';
    return text;
}

static void assert_too_large(struct reply *reply)
{
    char limit[16];

    (void)snprintf(limit, sizeof(limit), "%d", (int)STAGE_MAX_BODY);
    assert_non_null(strstr(reply->body, limit));
    assert_problem(reply, 413, NULL);
}

static void a_body_at_the_limit_is_taken(void **state)
{
    char *body = spaces(STAGE_MAX_BODY);

    body[0] = '{';
    body[STAGE_MAX_BODY - 1] = '}';
    struct reply reply = ask(*state, "POST /api/jobs", NULL, body);
    assert_int_equal(reply.status, 202);
    reply_clear(&reply);
    free(body);
}

static void a_body_over_the_limit_is_413_though_it_is_sent(void **state)
{
    struct stage *stage = *state;
    char *body = spaces(STAGE_MAX_BODY * 100);

    for (int i = 0; i < 20; i++) { /* the answer must survive the unread rest every time */
        struct reply reply = ask(stage, "POST /api/jobs", NULL, body);

        assert_too_large(&reply);
    }
    assert_int_equal(fake_jobs_submissions(stage->jobs), 0);
    free(body);
}

static void a_huge_body_is_refused_before_it_is_sent(void **state)
{
    int peer = peer_open(*state);

    peer_send(peer, POST_HEAD "Content-Length: 99999999999\r\n\r\n");
    struct reply reply = peer_receive(peer, false);
    assert_too_large(&reply);
    assert_true(peer_ended(peer));
    (void)close(peer);
}

static void a_chunked_body_is_counted_as_it_comes(void **state)
{
    struct stage *stage = *state;
    int peer = peer_open(stage);
    char *chunk = spaces(8192);

    peer_send(peer, POST_HEAD "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100; i++) {
        peer_send(peer, "2000\r\n");
        peer_send(peer, chunk);
        peer_send(peer, "\r\n");
    }
    struct reply reply = peer_receive(peer, false);
    assert_too_large(&reply);
    (void)close(peer);
    free(chunk);
    assert_int_equal(fake_jobs_submissions(stage->jobs), 0);
}

static void a_chunked_body_within_the_limit_is_a_job(void **state)
{
    int peer = peer_open(*state);

    peer_send(peer, POST_HEAD "Transfer-Encoding: chunked\r\n\r\n"
                              "8\r\n{\"job_id\r\n7\r\n\":\"ab\"}\r\n0\r\n\r\n");
    struct reply reply = peer_receive(peer, false);
    assert_int_equal(reply.status, 202);
    assert_non_null(strstr(reply.body, "\"job_id\":\"ab\""));
    reply_clear(&reply);
    (void)close(peer);
}

static void a_body_cut_short_makes_no_job(void **state)
{
    struct stage *stage = *state;
    static const char *const requests[] = {
        POST_HEAD "Content-Length: 100\r\n\r\n{}",
        POST_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        POST_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", POST_HEAD "Content-Le"
    };

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        int peer = peer_open(stage);

        peer_send(peer, requests[i]);
        (void)shutdown(peer, SHUT_WR);
        (void)peer_ended(peer); /* it may say 400 first */
        (void)close(peer);
    }
    struct reply reply = ask(stage, "GET /healthz", NULL, NULL);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    assert_int_equal(fake_jobs_submissions(stage->jobs), 0);
}

static void what_is_not_http_ends_only_its_own_connection(void **state)
{
    struct stage *stage = *state;
    static const char *const requests[] = { "\r\n\r\n\r\n",
                                            "GET\r\n\r\n",
                                            "GET / HTTP/9.9\r\n\r\n",
                                            "\x16\x03\x01\x02\r\n\r\n",
                                            "GET /healthz HTTP/1.1\r\n\r\n",
                                            "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                            POST_HEAD "Content-Length: -5\r\n\r\n",
                                            POST_HEAD
                                            "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" };

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        int peer = peer_open(stage);

        peer_send(peer, requests[i]);
        (void)shutdown(peer, SHUT_WR);
        struct reply reply = peer_receive(peer, false);
        if (reply.status != 0)
            assert_in_range(reply.status, 400, 505);
        reply_clear(&reply);
        (void)close(peer);
    }
    struct reply reply = ask(stage, "GET /healthz", NULL, NULL);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
}

static void a_huge_header_is_refused(void **state)
{
    int peer = peer_open(*state);
    char *value = spaces(200000);

    memset(value, 'x', 200000);
    peer_send(peer, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Big: ");
    peer_send(peer, value);
    peer_send(peer, "\r\n\r\n");
    struct reply reply = peer_receive(peer, false);
    assert_true(reply.status == 0 || reply.status == 431 || reply.status == 413);
    reply_clear(&reply);
    (void)close(peer);
    free(value);
}

static void only_so_many_large_bodies_are_held_at_once(void **state)
{
    enum { AT_ONCE = 16 };
    struct stage *stage = *state;
    char *most = spaces(STAGE_MAX_BODY - 2), head[256];
    int peers[AT_ONCE];

    (void)snprintf(head, sizeof(head), POST_HEAD "Content-Length: %d\r\n\r\n", (int)STAGE_MAX_BODY);
    for (int i = 0; i < AT_ONCE; i++) {
        peers[i] = peer_open(stage);
        peer_send(peers[i], head);
        peer_send(peers[i], most);
    }
    bool refused = false;
    while (!refused) { /* until the server has read what was sent */
        struct reply reply = ask(stage, "POST /api/jobs", NULL, "{}");

        refused = reply.status == 503;
        if (refused)
            assert_string_equal(reply_header(&reply, "Retry-After"), "1");
        else
            assert_int_equal(reply.status, 202);
        reply_clear(&reply);
    }
    for (int i = 0; i < AT_ONCE; i++) { /* who was first is served */
        peer_send(peers[i], "{}");
        struct reply reply = peer_receive(peers[i], false);
        assert_int_equal(reply.status, 202);
        reply_clear(&reply);
        (void)close(peers[i]);
    }
    struct reply reply = ask(stage, "POST /api/jobs", NULL, "{}");
    assert_int_equal(reply.status, 202);
    reply_clear(&reply);
    free(most);
}

/* ---- deadlines ---- */

static void set_deadlines(struct stage *stage, unsigned request_ms, unsigned idle_ms)
{
    stage_set(stage);
    stage->settings.http_request_timeout_ms = request_ms;
    stage->settings.http_idle_timeout_ms = idle_ms;
    stage_start(stage, NULL);
}

/* Sends a byte now and then; returns when the connection has ended. */
static void trickle_until_ended(int peer)
{
    for (;;) {
        struct pollfd readable = { .fd = peer, .events = POLLIN };

        (void)send(peer, "x", 1, MSG_NOSIGNAL);
        if (poll(&readable, 1, 20) > 0 && peer_ended(peer))
            return;
    }
}

static void whoever_trickles_is_ended_by_an_absolute_deadline(void **state)
{
    static const char *const beginnings[] = {
        "GET /heal", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        POST_HEAD "Content-Length: 60000\r\n\r\n"
    };
    struct stage stage;

    (void)state;
    set_deadlines(&stage, 600, 60000);
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        int64_t before_ms = clock_monotonic_ms();
        int peer = peer_open(&stage);

        peer_send(peer, beginnings[i]);
        trickle_until_ended(peer);
        assert_true(clock_monotonic_ms() - before_ms >= 590);
        (void)close(peer);
    }
    assert_int_equal(fake_jobs_submissions(stage.jobs), 0);
    stage_clear(&stage);
}

static void a_later_request_has_a_deadline_of_its_own(void **state)
{
    struct stage stage;

    (void)state;
    set_deadlines(&stage, 600, 60000);
    int peer = peer_open(&stage);
    int64_t before_ms = clock_monotonic_ms();
    while (clock_monotonic_ms() - before_ms < 1500) { /* longer than one request may take */
        peer_ask(peer, "GET /healthz", NULL, NULL);
        struct reply reply = peer_receive(peer, false);
        assert_int_equal(reply.status, 200);
        reply_clear(&reply);
    }
    before_ms = clock_monotonic_ms();
    peer_send(peer, "GET /healthz HTTP/1.1\r\nX-Slow: ");
    trickle_until_ended(peer);
    assert_true(clock_monotonic_ms() - before_ms >= 590);
    (void)close(peer);
    stage_clear(&stage);
}

static void a_request_that_is_being_served_has_none(void **state)
{
    struct stage stage;

    (void)state;
    set_deadlines(&stage, 300, 300);
    fake_job_add(stage.jobs, "a", "{}");
    struct reply reply = ask(&stage, "GET /api/jobs/a?wait=1.2", NULL, NULL);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    stage_clear(&stage);
}

static void an_idle_connection_is_closed(void **state)
{
    struct stage stage;

    (void)state;
    set_deadlines(&stage, 60000, 300);
    int peer = peer_open(&stage);
    peer_ask(peer, "GET /healthz", NULL, NULL);
    struct reply reply = peer_receive(peer, false);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    assert_true(peer_ended(peer));
    (void)close(peer);
    stage_clear(&stage);
}

static void a_thousand_slow_clients_keep_nobody_waiting(void **state)
{
    enum { SLOW = 1000 };
    static int peers[SLOW];
    struct stage stage;

    (void)state;
    set_deadlines(&stage, 3000, 3000);
    for (int i = 0; i < SLOW; i++) {
        peers[i] = peer_open(&stage);
        peer_send(peers[i], "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    }
    int64_t before_ms = clock_monotonic_ms();
    struct reply reply = ask(&stage, "GET /healthz", NULL, NULL);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    assert_true(clock_monotonic_ms() - before_ms < 2000);
    for (int i = 0; i < SLOW; i++) { /* each is cut off */
        assert_true(peer_ended(peers[i]));
        (void)close(peers[i]);
    }
    stage_clear(&stage);
}

static void an_address_has_only_so_many_connections(void **state)
{
    struct stage stage;

    (void)state;
    stage_set(&stage);
    stage.settings.http_max_connections_per_address = 2;
    stage_start(&stage, NULL);
    int first = peer_open(&stage), second = peer_open(&stage);
    peer_ask(first, "GET /healthz", NULL, NULL);
    struct reply reply = peer_receive(first, false);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    int third = peer_open(&stage);
    assert_true(peer_ended(third));
    (void)close(first);
    (void)close(second);
    (void)close(third);
    stage_clear(&stage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_body_at_the_limit_is_taken),
        TEST(a_body_over_the_limit_is_413_though_it_is_sent),
        TEST(a_huge_body_is_refused_before_it_is_sent),
        TEST(a_chunked_body_is_counted_as_it_comes),
        TEST(a_chunked_body_within_the_limit_is_a_job),
        TEST(a_body_cut_short_makes_no_job),
        TEST(what_is_not_http_ends_only_its_own_connection),
        TEST(a_huge_header_is_refused),
        TEST(only_so_many_large_bodies_are_held_at_once),
        cmocka_unit_test(whoever_trickles_is_ended_by_an_absolute_deadline),
        cmocka_unit_test(a_later_request_has_a_deadline_of_its_own),
        cmocka_unit_test(a_request_that_is_being_served_has_none),
        cmocka_unit_test(an_idle_connection_is_closed),
        cmocka_unit_test(a_thousand_slow_clients_keep_nobody_waiting),
        cmocka_unit_test(an_address_has_only_so_many_connections),
    };

    return cmocka_run_group_tests_name("http_bodies", tests, NULL, NULL);
}
