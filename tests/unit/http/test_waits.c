/* SPDX-License-Identifier: Apache-2.0 */
/* Waiters and followers: suspended connections that must wake, end and be freed. */
#include "stage.h"

#include "base/clock.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* How many descriptors this process has open: tells when the server has let one go. */
static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

static bool are_held(void *context)
{
    return fake_jobs_held(context) > 0;
}

static void assert_status(struct reply *reply, unsigned status, const char *job_status)
{
    char expected[64];

    (void)snprintf(expected, sizeof(expected), "\"status\":\"%s\"", job_status);
    if (reply->status != status || strstr(reply->body, expected) == NULL)
        fail_msg("expected %u %s: %s%s", status, job_status, reply->head, reply->body);
    reply_clear(reply);
}

/* Waits until the server has seen what was sent before: a later request is answered. */
static void let_server_catch_up(const struct stage *stage)
{
    struct reply reply = ask(stage, "GET /api/jobs?limit=1", NULL, NULL);

    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
}

/* ---- waiting ---- */

static void a_wait_ends_with_the_job(void **state)
{
    struct stage *stage = *state;
    int64_t before_ms = clock_monotonic_ms();
    int peer = peer_open(stage);

    fake_job_add(stage->jobs, "a", "{}");
    peer_ask(peer, "GET /api/jobs/a?wait=600", NULL, NULL);
    let_server_catch_up(stage);
    fake_job_end(stage->jobs, "a", JOB_SUCCESS);
    struct reply reply = peer_receive(peer, false);
    assert_status(&reply, 200, "success");
    assert_true(clock_monotonic_ms() - before_ms < 20000);
    (void)close(peer);
}

static void a_wait_ends_in_time(void **state)
{
    struct stage *stage = *state;
    int64_t before_ms = clock_monotonic_ms();

    fake_job_add(stage->jobs, "a", "{}");
    struct reply reply = ask(stage, "GET /api/jobs/a?wait=0.7", NULL, NULL);
    assert_status(&reply, 200, "running");
    assert_true(clock_monotonic_ms() - before_ms >= 700);
    assert_true(clock_monotonic_ms() - before_ms < 20000);
}

static void a_wait_for_a_job_that_has_ended_is_none(void **state)
{
    struct stage *stage = *state;

    fake_job_add(stage->jobs, "a", "{}");
    fake_job_end(stage->jobs, "a", JOB_ERROR);
    struct reply reply = ask(stage, "GET /api/jobs/a?wait=600", NULL, NULL);
    assert_status(&reply, 200, "error");
}

static void an_end_between_looking_and_waiting_is_not_missed(void **state)
{
    struct stage *stage = *state;
    char id[16], request[64];

    for (int i = 0; i < 50; i++) {
        (void)snprintf(id, sizeof(id), "race-%d", i);
        (void)snprintf(request, sizeof(request), "GET /api/jobs/%s?wait=600", id);
        fake_job_add(stage->jobs, id, "{}");
        fake_job_end_behind_next_get(stage->jobs, id);
        struct reply reply = ask(stage, request, NULL, NULL);
        assert_status(&reply, 200, "success");
    }
}

static void a_submission_that_waits_answers_200_with_logs(void **state)
{
    struct stage *stage = *state;
    int peer = peer_open(stage);

    peer_ask(peer, "POST /api/jobs?wait=600", NULL, "{\"job_id\":\"mine\"}");
    let_server_catch_up(stage);
    fake_job_log(stage->jobs, "mine", 1, "hello\n");
    fake_job_end(stage->jobs, "mine", JOB_SUCCESS);
    struct reply reply = peer_receive(peer, false);
    assert_string_equal(reply_header(&reply, "Location"), "/api/jobs/mine");
    assert_non_null(strstr(reply.body, "\"logs\":\"hello\\n\""));
    assert_status(&reply, 200, "success");
    (void)close(peer);
}

static void a_submission_that_waits_too_short_is_202(void **state)
{
    struct reply reply = ask(*state, "POST /api/jobs?wait=0.3", NULL, "{\"job_id\":\"mine\"}");

    assert_null(strstr(reply.body, "\"logs\""));
    assert_status(&reply, 202, "running");
}

static void a_wait_is_no_longer_than_the_jobs_own_timeout(void **state)
{
    struct stage *stage = *state;
    int64_t before_ms = clock_monotonic_ms();
    struct reply reply =
        ask(stage, "POST /api/jobs?wait=3600", NULL, "{\"job_id\":\"mine\",\"timeout_ms\":300}");

    assert_status(&reply, 202, "running");
    assert_true(clock_monotonic_ms() - before_ms < 20000);
}

static void a_late_reply_keeps_only_its_own_request_waiting(void **state)
{
    struct stage *stage = *state;
    int peers[50];

    fake_job_add(stage->jobs, "a", "{}");
    fake_jobs_hold(stage->jobs, true);
    for (int i = 0; i < 50; i++) {
        peers[i] = peer_open(stage);
        peer_ask(peers[i], "GET /api/jobs/a", NULL, NULL);
    }
    eventually(are_held, stage->jobs, "a held call");
    struct reply reply = ask(stage, "GET /healthz", NULL, NULL);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    fake_jobs_hold(stage->jobs, false);
    for (int i = 0; i < 50; i++) {
        reply = peer_receive(peers[i], false);
        assert_status(&reply, 200, "running");
        (void)close(peers[i]);
    }
}

/* ---- following ---- */

static void receive_exactly(int peer, const char *text)
{
    size_t length = strlen(text);
    char *bytes = calloc(1, length + 1);
    ssize_t got = recv(peer, bytes, length, MSG_WAITALL);

    assert_int_equal(got, (ssize_t)length);
    assert_string_equal(bytes, text);
    free(bytes);
}

/* Skips the head of a reply. */
static void receive_head(int peer)
{
    struct reply head = peer_receive(peer, true);

    assert_int_equal(head.status, 200);
    reply_clear(&head);
}

static void a_follower_gets_lines_as_they_come_and_ends_with_the_job(void **state)
{
    struct stage *stage = *state;
    int peer = peer_open(stage);

    fake_job_add(stage->jobs, "a", "{}");
    peer_ask(peer, "GET /api/jobs/a/logs?follow=true&stream=stdout", NULL, NULL);
    receive_head(peer);
    fake_job_log(stage->jobs, "a", 1, "one\n");
    receive_exactly(peer, "4\r\none\n\r\n");
    fake_job_log(stage->jobs, "a", 2, "not for us\n");
    fake_job_log(stage->jobs, "a", 1, "two\n");
    receive_exactly(peer, "4\r\ntwo\n\r\n");
    fake_job_log(stage->jobs, "a", 1, "last\n");
    fake_job_end(stage->jobs, "a", JOB_SUCCESS);
    receive_exactly(peer, "5\r\nlast\n\r\n0\r\n\r\n");
    peer_ask(peer, "GET /api/jobs/a/logs?follow=true&offset=4&stream=stdout", NULL, NULL);
    struct reply reply = peer_receive(peer, false);
    assert_true(reply.complete);
    assert_string_equal(reply.body, "two\nlast\n");
    reply_clear(&reply);
    (void)close(peer);
}

static void a_follower_of_a_silent_job_ends_too(void **state)
{
    struct stage *stage = *state;
    int peer = peer_open(stage);

    fake_job_add(stage->jobs, "a", "{}");
    peer_ask(peer, "GET /api/jobs/a/logs?follow=true", NULL, NULL);
    receive_head(peer);
    fake_job_end(stage->jobs, "a", JOB_CANCELLED);
    receive_exactly(peer, "0\r\n\r\n");
    (void)close(peer);
}

static void *write_log(void *context)
{
    struct stage *stage = context;
    char line[32];

    for (int i = 0; i < 2000; i++) {
        (void)snprintf(line, sizeof(line), "line %d\n", i);
        fake_job_log(stage->jobs, "a", 1 + i % 2, line);
    }
    fake_job_end(stage->jobs, "a", JOB_SUCCESS);
    return NULL;
}

static void followers_miss_nothing_while_the_log_grows(void **state)
{
    struct stage *stage = *state;
    int peers[20];
    char *whole = calloc(1, 40000);
    pthread_t writer;

    for (int i = 0; i < 2000; i++)
        (void)sprintf(whole + strlen(whole), "line %d\n", i);
    fake_job_add(stage->jobs, "a", "{}");
    for (int i = 0; i < 20; i++) {
        peers[i] = peer_open(stage);
        peer_ask(peers[i], "GET /api/jobs/a/logs?follow=true", NULL, NULL);
    }
    assert_int_equal(pthread_create(&writer, NULL, write_log, stage), 0);
    for (int i = 0; i < 20; i++) {
        struct reply reply = peer_receive(peers[i], false);

        assert_true(reply.complete);
        assert_string_equal(reply.body, whole);
        reply_clear(&reply);
        (void)close(peers[i]);
    }
    (void)pthread_join(writer, NULL);
    free(whole);
}

/* ---- peers that go away ---- */

struct target {
    int descriptors;
};

static bool back_to(void *context)
{
    return open_descriptors() <= ((struct target *)context)->descriptors;
}

static void peers_that_hang_up_are_let_go(void **state)
{
    static const char *const requests[] = { "GET /api/jobs/a?wait=600",
                                            "GET /api/jobs/a/logs?follow=true",
                                            "POST /api/jobs?wait=600" };
    struct stage *stage = *state;
    struct target before = { open_descriptors() };
    int peers[30];

    fake_job_add(stage->jobs, "a", "{}");
    for (int i = 0; i < 30; i++) {
        peers[i] = peer_open(stage);
        peer_ask(peers[i], requests[i % 3], NULL, i % 3 == 2 ? "{}" : NULL);
    }
    let_server_catch_up(stage);
    for (int i = 0; i < 30; i++)
        (void)close(peers[i]);
    eventually(back_to, &before, "the connections and their logs are closed");
}

static void who_closes_only_its_sending_side_is_still_answered(void **state)
{
    struct stage *stage = *state;
    int peer = peer_open(stage);

    fake_job_add(stage->jobs, "a", "{}");
    peer_ask(peer, "GET /api/jobs/a?wait=600", NULL, NULL);
    (void)shutdown(peer, SHUT_WR);
    struct reply reply = peer_receive(peer, false);
    assert_status(&reply, 200, "running");
    (void)close(peer);
}

/* ---- many ---- */

static void a_thousand_followers_and_two_hundred_waiters_share_one_thread(void **state)
{
    enum { FOLLOWERS = 1000, WAITERS = 200 };
    static int peers[FOLLOWERS + WAITERS];
    struct stage *stage = *state;
    struct rlimit limit;

    /* Both ends are in this process, and each follower has the log open. */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < 3 * FOLLOWERS + 2 * WAITERS + 100)
        skip();
    fake_job_add(stage->jobs, "a", "{}");
    for (int i = 0; i < FOLLOWERS + WAITERS; i++) {
        peers[i] = peer_open(stage);
        peer_ask(peers[i],
                 i < FOLLOWERS ? "GET /api/jobs/a/logs?follow=true" : "GET /api/jobs/a?wait=600",
                 NULL, NULL);
    }
    fake_job_log(stage->jobs, "a", 1, "to all\n");
    let_server_catch_up(stage);
    fake_job_log(stage->jobs, "a", 1, "good night\n");
    fake_job_end(stage->jobs, "a", JOB_SUCCESS);
    for (int i = 0; i < FOLLOWERS + WAITERS; i++) {
        struct reply reply = peer_receive(peers[i], false);

        assert_true(reply.complete);
        if (i < FOLLOWERS)
            assert_string_equal(reply.body, "to all\ngood night\n");
        else
            assert_non_null(strstr(reply.body, "\"status\":\"success\""));
        reply_clear(&reply);
        (void)close(peers[i]);
    }
}

/* ---- stopping ---- */

static void a_stop_answers_waiters_and_cuts_followers(void **state)
{
    struct stage *stage = *state;
    int waiter = peer_open(stage), poster = peer_open(stage), follower = peer_open(stage);

    fake_job_add(stage->jobs, "a", "{}");
    peer_ask(waiter, "GET /api/jobs/a?wait=600", NULL, NULL);
    peer_ask(poster, "POST /api/jobs?wait=600", NULL, "{\"job_id\":\"mine\"}");
    peer_ask(follower, "GET /api/jobs/a/logs?follow=true", NULL, NULL);
    let_server_catch_up(stage);
    stage_stop(stage);
    struct reply reply = peer_receive(waiter, false);
    assert_status(&reply, 200, "running");
    reply = peer_receive(poster, false);
    assert_status(&reply, 202, "running");
    reply = peer_receive(follower, false);
    assert_int_equal(reply.status, 200);
    assert_false(reply.complete); /* cut: not to be taken for the whole log */
    reply_clear(&reply);
    (void)close(waiter);
    (void)close(poster);
    (void)close(follower);
}

static void a_stop_gives_up_on_calls_that_are_not_answered(void **state)
{
    struct stage *stage = *state;
    int peers[10];

    fake_job_add(stage->jobs, "a", "{}");
    fake_jobs_hold(stage->jobs, true);
    for (int i = 0; i < 10; i++) {
        peers[i] = peer_open(stage);
        peer_ask(peers[i], i % 2 == 0 ? "DELETE /api/jobs/a" : "POST /api/jobs", NULL,
                 i % 2 == 0 ? NULL : "{}");
    }
    eventually(are_held, stage->jobs, "a held call");
    stage_stop(stage);
    fake_jobs_hold(stage->jobs, false); /* late replies find nobody, and harm nobody */
    for (int i = 0; i < 10; i++)
        (void)close(peers[i]);
    fake_job_add(stage->jobs, "b", "{}");
    fake_job_end(stage->jobs, "b", JOB_SUCCESS); /* nor do changes */
}

static void a_server_comes_and_goes_with_clients_in_every_state(void **state)
{
    static const char *const requests[] = {
        "GET /api/jobs/a?wait=600",         "GET /api/jobs/a?logs=true",
        "GET /api/jobs/a/logs?follow=true", "GET /api/jobs",
        "GET /api/jobs/a/output",           "GET /hea"
    };
    int peers[30];

    (void)state;
    for (int round = 0; round < 10; round++) {
        struct stage stage;

        stage_set(&stage);
        stage_start(&stage, NULL);
        fake_job_add(stage.jobs, "a", "{}");
        for (int i = 0; i < 30; i++) {
            peers[i] = peer_open(&stage);
            if (i % 6 < 5)
                peer_ask(peers[i], requests[i % 6], NULL, NULL);
            else
                peer_send(peers[i], requests[i % 6]);
        }
        if (round % 2 == 0)
            fake_job_end(stage.jobs, "a", JOB_SUCCESS);
        stage_stop(&stage);
        for (int i = 0; i < 30; i++)
            (void)close(peers[i]);
        stage_clear(&stage);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wait_ends_with_the_job),
        TEST(a_wait_ends_in_time),
        TEST(a_wait_for_a_job_that_has_ended_is_none),
        TEST(an_end_between_looking_and_waiting_is_not_missed),
        TEST(a_submission_that_waits_answers_200_with_logs),
        TEST(a_submission_that_waits_too_short_is_202),
        TEST(a_wait_is_no_longer_than_the_jobs_own_timeout),
        TEST(a_late_reply_keeps_only_its_own_request_waiting),
        TEST(a_follower_gets_lines_as_they_come_and_ends_with_the_job),
        TEST(a_follower_of_a_silent_job_ends_too),
        TEST(followers_miss_nothing_while_the_log_grows),
        TEST(peers_that_hang_up_are_let_go),
        TEST(who_closes_only_its_sending_side_is_still_answered),
        TEST(a_thousand_followers_and_two_hundred_waiters_share_one_thread),
        TEST(a_stop_answers_waiters_and_cuts_followers),
        TEST(a_stop_gives_up_on_calls_that_are_not_answered),
        cmocka_unit_test(a_server_comes_and_goes_with_clients_in_every_state),
    };

    return cmocka_run_group_tests_name("http_waits", tests, NULL, NULL);
}
