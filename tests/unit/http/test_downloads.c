/* SPDX-License-Identifier: Apache-2.0 */
/* Output files and archives on their way to a client. */
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LARGE = 8 << 20 };

/* Job "a", which has ended and left "digits" and "large" (zeros). */
static void add_ended_job(struct stage *stage)
{
    char *zeros = calloc(1, LARGE);

    fake_job_add(stage->jobs, "a", "{}");
    fake_job_output(stage->jobs, "a", "digits", "0123456789", 10);
    fake_job_output(stage->jobs, "a", "large", zeros, LARGE);
    fake_job_end(stage->jobs, "a", JOB_SUCCESS);
    free(zeros);
}

static struct reply get_digits(const struct stage *stage, const char *headers)
{
    return ask(stage, "GET /api/jobs/a/output/digits", headers, NULL);
}

static void assert_header(const struct reply *reply, const char *name, const char *value)
{
    const char *found = reply_header(reply, name);

    if (found == NULL || strcmp(found, value) != 0)
        fail_msg("%s is %s, expected %s", name, found != NULL ? found : "not there", value);
}

static void a_range_is_a_part_with_its_place(void **state)
{
    struct stage *stage = *state;

    add_ended_job(stage);
    struct reply reply = get_digits(stage, "Range: bytes=2-4\r\n");
    assert_int_equal(reply.status, 206);
    assert_string_equal(reply.body, "234");
    assert_header(&reply, "Content-Range", "bytes 2-4/10");
    assert_header(&reply, "Content-Length", "3");
    assert_header(&reply, "Accept-Ranges", "bytes");
    reply_clear(&reply);
    reply = get_digits(stage, "Range: bytes=-4\r\n");
    assert_int_equal(reply.status, 206);
    assert_string_equal(reply.body, "6789");
    reply_clear(&reply);
    reply = get_digits(stage, "Range: bytes=0-1\r\nRange: bytes=4-5\r\n");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "0123456789");
    reply_clear(&reply);
}

static void a_range_beyond_the_end_is_416_and_says_how_long_the_file_is(void **state)
{
    struct stage *stage = *state;

    add_ended_job(stage);
    struct reply reply = get_digits(stage, "Range: bytes=10-\r\n");
    assert_header(&reply, "Content-Range", "bytes */10");
    assert_problem(&reply, 416, "Range");
}

static void who_has_the_file_is_told_that_it_has_not_changed(void **state)
{
    struct stage *stage = *state;
    char headers[256], etag[128];

    add_ended_job(stage);
    struct reply reply = get_digits(stage, NULL);
    (void)snprintf(etag, sizeof(etag), "%s", reply_header(&reply, "ETag"));
    assert_non_null(reply_header(&reply, "Last-Modified"));
    assert_header(&reply, "Cache-Control", "private, no-cache");
    reply_clear(&reply);

    (void)snprintf(headers, sizeof(headers), "If-None-Match: \"x\"\r\nIf-None-Match: %s\r\n", etag);
    reply = get_digits(stage, headers);
    assert_int_equal(reply.status, 304);
    assert_header(&reply, "ETag", etag);
    reply_clear(&reply);
    (void)snprintf(headers, sizeof(headers), "Range: bytes=8-\r\nIf-Range: %s\r\n", etag);
    reply = get_digits(stage, headers);
    assert_int_equal(reply.status, 206);
    assert_string_equal(reply.body, "89");
    reply_clear(&reply);
    reply = get_digits(stage, "Range: bytes=8-\r\nIf-Range: \"x\"\r\n");
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    reply = get_digits(stage, "If-Match: \"x\"\r\n");
    assert_problem(&reply, 412, NULL);
}

static void a_connection_goes_on_after_304(void **state)
{
    struct stage *stage = *state;

    add_ended_job(stage);
    int peer = peer_open(stage);
    peer_ask(peer, "GET /api/jobs/a/output/digits", "If-None-Match: *\r\n", NULL);
    struct reply reply = peer_receive(peer, false);
    assert_int_equal(reply.status, 304);
    reply_clear(&reply);
    peer_ask(peer, "GET /api/jobs/a/output/digits", NULL, NULL);
    reply = peer_receive(peer, false);
    assert_string_equal(reply.body, "0123456789");
    reply_clear(&reply);
    (void)close(peer);
}

static void a_file_of_a_running_job_has_ranges_but_no_validators(void **state)
{
    struct stage *stage = *state;

    fake_job_add(stage->jobs, "a", "{}");
    fake_job_output(stage->jobs, "a", "digits", "0123456789", 10);
    struct reply reply = get_digits(stage, "Range: bytes=7-\r\n");
    assert_int_equal(reply.status, 206);
    assert_string_equal(reply.body, "789");
    assert_null(reply_header(&reply, "ETag"));
    assert_null(reply_header(&reply, "Last-Modified"));
    assert_header(&reply, "Cache-Control", "no-store");
    reply_clear(&reply);
}

static void head_says_what_the_whole_file_would(void **state)
{
    struct stage *stage = *state;

    add_ended_job(stage);
    struct reply reply = ask(stage, "HEAD /api/jobs/a/output/digits", "Range: bytes=2-4\r\n", NULL);
    assert_int_equal(reply.status, 200);
    assert_header(&reply, "Content-Length", "10");
    assert_header(&reply, "Accept-Ranges", "bytes");
    assert_non_null(reply_header(&reply, "ETag"));
    reply_clear(&reply);
}

/* ---- bodies that do not end well ---- */

static void a_file_that_is_cut_while_it_is_sent_cuts_the_answer(void **state)
{
    struct stage *stage = *state;

    add_ended_job(stage);
    int peer = peer_open(stage);
    peer_ask(peer, "GET /api/jobs/a/output/large", NULL, NULL);
    struct reply head = peer_receive(peer, true); /* the body stays in the sockets' buffers */
    assert_int_equal(head.status, 200);
    reply_clear(&head);
    fake_job_output(stage->jobs, "a", "large", "short", 5);
    char *bytes = malloc(LARGE);
    size_t length = 0;
    for (ssize_t got; (got = read(peer, bytes, LARGE)) > 0;)
        length += (size_t)got;
    assert_true(length < LARGE);
    free(bytes);
    (void)close(peer);
    struct reply reply = get_digits(stage, NULL); /* and harms nobody else */
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
}

static void a_stop_ends_downloads_that_nobody_takes(void **state)
{
    struct stage *stage = *state;

    add_ended_job(stage);
    int peer = peer_open(stage);
    peer_ask(peer, "GET /api/jobs/a/output.tar", NULL, NULL);
    struct reply head = peer_receive(peer, true);
    assert_int_equal(head.status, 200);
    reply_clear(&head);
    stage_stop(stage);
    (void)close(peer);
}

/* ---- archives ---- */

static void all_outputs_come_as_one_archive(void **state)
{
    struct stage *stage = *state;

    add_ended_job(stage);
    struct reply reply = ask(stage, "GET /api/jobs/a/output.tar", NULL, NULL);
    assert_int_equal(reply.status, 200);
    assert_true(reply.complete);
    assert_header(&reply, "Content-Type", "application/x-tar");
    assert_header(&reply, "Content-Disposition", "attachment; filename=\"a.tar\"");
    assert_header(&reply, "Cache-Control", "no-store");
    assert_int_equal(reply.length, 512 + 512 + 512 + LARGE + 1024);
    assert_string_equal(reply.body, "digits");
    assert_memory_equal(reply.body + 512, "0123456789", 10);
    assert_string_equal(reply.body + 1024, "large");
    reply_clear(&reply);
    reply = ask(stage, "HEAD /api/jobs/a/output.tar", NULL, NULL);
    assert_int_equal(reply.status, 200);
    assert_header(&reply, "Content-Type", "application/x-tar");
    reply_clear(&reply);
    reply = ask(stage, "GET /api/jobs/nobody/output.tar", NULL, NULL);
    assert_problem(&reply, 404, NULL);
    reply = ask(stage, "POST /api/jobs/a/output.tar", NULL, NULL);
    assert_problem(&reply, 405, NULL);
}

struct place {
    struct stage *stage;
    unsigned status;
};

static bool archive_is_answered_with(void *context)
{
    struct place *place = context;
    struct reply reply = ask(place->stage, "GET /api/jobs/a/output.tar", NULL, NULL);
    bool so = reply.status == place->status;

    reply_clear(&reply);
    return so;
}

static void archives_have_places_that_come_back_when_a_client_hangs_up(void **state)
{
    struct place place = { *state, 200 };
    int peers[32];

    add_ended_job(place.stage);
    for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
        peers[i] = peer_open(place.stage);
        peer_ask(peers[i], "GET /api/jobs/a/output.tar", NULL, NULL);
        struct reply head = peer_receive(peers[i], true);
        assert_int_equal(head.status, 200);
        reply_clear(&head);
    }
    struct reply reply = ask(place.stage, "GET /api/jobs/a/output.tar", NULL, NULL);
    assert_non_null(reply_header(&reply, "Retry-After"));
    assert_problem(&reply, 503, NULL);
    reply = get_digits(place.stage, NULL);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
        (void)close(peers[i]);
    eventually(archive_is_answered_with, &place, "a place for an archive");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_range_is_a_part_with_its_place),
        TEST(a_range_beyond_the_end_is_416_and_says_how_long_the_file_is),
        TEST(who_has_the_file_is_told_that_it_has_not_changed),
        TEST(a_connection_goes_on_after_304),
        TEST(a_file_of_a_running_job_has_ranges_but_no_validators),
        TEST(head_says_what_the_whole_file_would),
        TEST(a_file_that_is_cut_while_it_is_sent_cuts_the_answer),
        TEST(a_stop_ends_downloads_that_nobody_takes),
        TEST(all_outputs_come_as_one_archive),
        TEST(archives_have_places_that_come_back_when_a_client_hangs_up),
    };

    return cmocka_run_group_tests_name("http_downloads", tests, NULL, NULL);
}
