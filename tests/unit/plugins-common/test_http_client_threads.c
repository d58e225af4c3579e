/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads on one client, and threads that wake others. */
#include "http_suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { CALLERS = 50, WORKER_STACK_BYTES = 256 * 1024 };

struct caller {
    pthread_t thread;
    struct http_suite *suite;
    struct http_waker *waker;
    const char *path;
    int rc;
    char body[32];
};

static void *call_once(void *context)
{
    struct caller *caller = context;
    struct http_request request = http_suite_get(caller->path);
    struct fault fault;
    HTTP_REPLY_AUTO reply = { 0 };

    request.waker = caller->waker;
    caller->rc = http_call(caller->suite->client, &request, &reply, &fault);
    if (caller->rc == 0)
        (void)snprintf(caller->body, sizeof(caller->body), "%s", reply.body);
    return NULL;
}

static void start(struct caller *caller)
{
    pthread_attr_t attributes;

    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES), 0);
    assert_int_equal(pthread_create(&caller->thread, &attributes, call_once, caller), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
}

static struct http_waker *new_waker(void)
{
    struct http_waker *waker = http_waker_new();

    assert_non_null(waker);
    return waker;
}

static void fifty_workers_call_at_once(void **state)
{
    struct http_suite *suite = *state;
    struct http_waker *waker = new_waker();
    struct caller callers[CALLERS];

    suite->server.together = CALLERS;
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){ .suite = suite, .path = "/together" };
        callers[i].waker = i % 2 == 0 ? waker : NULL;
        start(&callers[i]);
    }
    for (int i = 0; i < CALLERS; i++) {
        assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
        assert_int_equal(callers[i].rc, 0);
        assert_string_equal(callers[i].body, "together");
    }
    http_waker_free(waker);
}

static void a_waiting_call_can_be_woken(void **state)
{
    struct http_suite *suite = *state;
    struct caller callers[2];

    for (int i = 0; i < 2; i++) {
        callers[i] = (struct caller){ .suite = suite, .path = "/silent", .waker = new_waker() };
        start(&callers[i]);
        assert_int_equal(sem_wait(&suite->server.asked), 0);
    }
    http_wake(callers[0].waker);
    assert_int_equal(pthread_join(callers[0].thread, NULL), 0);
    assert_int_equal(callers[0].rc, -EINTR);
    /* The other one still waits. */
    assert_int_equal(pthread_tryjoin_np(callers[1].thread, NULL), EBUSY);
    http_wake(callers[1].waker);
    assert_int_equal(pthread_join(callers[1].thread, NULL), 0);
    assert_int_equal(callers[1].rc, -EINTR);
    http_waker_free(callers[0].waker);
    http_waker_free(callers[1].waker);
}

static void one_waker_ends_all_its_calls(void **state)
{
    struct http_suite *suite = *state;
    struct http_waker *waker = new_waker();
    struct caller callers[5];

    for (int i = 0; i < 5; i++) {
        callers[i] = (struct caller){ .suite = suite, .path = "/silent", .waker = waker };
        start(&callers[i]);
        assert_int_equal(sem_wait(&suite->server.asked), 0);
    }
    http_wake(waker);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
        assert_int_equal(callers[i].rc, -EINTR);
    }
    http_waker_free(waker);
}

static void a_woken_waker_ends_later_calls_until_it_is_reset(void **state)
{
    struct http_suite *suite = *state;
    struct http_waker *waker = new_waker();
    struct http_request request = http_suite_get("/hello");
    HTTP_REPLY_AUTO reply = { 0 };

    request.waker = waker;
    http_wake(waker);
    http_wake(waker);
    http_suite_fails(suite->client, &request, EINTR, "interrupted");
    http_suite_fails(suite->client, &request, EINTR, "GET /hello");
    assert_int_equal(suite->server.requests, 0);
    http_waker_reset(waker);
    http_suite_call(suite->client, &request, &reply);
    assert_string_equal(reply.body, "hello");
    http_waker_reset(waker); /* not woken: nothing happens */
    http_waker_free(waker);
}

#define WITH_SERVER(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, http_suite_setup, http_suite_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(fifty_workers_call_at_once),
        WITH_SERVER(a_waiting_call_can_be_woken),
        WITH_SERVER(one_waker_ends_all_its_calls),
        WITH_SERVER(a_woken_waker_ends_later_calls_until_it_is_reset),
    };

    return http_global_init() != 0 ||
           cmocka_run_group_tests_name("http_client_threads", tests, NULL, NULL);
}
