/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions in parts over a connection: what arrives, what is refused and when, and that
 * nothing is left of what did not become a job. */
#include "stage.h"

#include "base/clock.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <fcntl.h>
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

#define TYPE "Content-Type: multipart/form-data; boundary=bnd\r\n"
#define POST_HEAD "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n" TYPE
#define PART(NAME) "--bnd\r\nContent-Disposition: form-data; name=\"" NAME "\"\r\n\r\n"
#define NAMED(NAME)                                                                                \
    "--bnd\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" NAME "\"\r\n\r\n"
#define SCRIPT PART("script") "print(1)\r\n"
#define END "--bnd--\r\n"
/* What one buffer of an intake holds. */
enum { BUFFER = 256 * 1024 };

static size_t staged_count(const struct stage *stage)
{
    size_t count = 0;
    int fd = openat(fake_jobs_incoming(stage->jobs), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fdopendir(fd);

    while (readdir(dir) != NULL)
        count++;
    (void)closedir(dir);
    return count - 2;
}

static bool nothing_is_staged(void *stage)
{
    return staged_count(stage) == 0;
}

static bool something_is_staged(void *stage)
{
    return staged_count(stage) > 0;
}

static void send_zeros(int peer, size_t length)
{
    static char zeros[65536];

    while (length > 0) {
        size_t piece = length < sizeof(zeros) ? length : sizeof(zeros);
        ssize_t sent = send(peer, zeros, piece, MSG_NOSIGNAL);

        if (sent <= 0)
            return; /* the server may refuse before it has read everything */
        length -= (size_t)sent;
    }
}

/* A request whose body has this announced length; the body itself is sent by the caller. */
static int begin(const struct stage *stage, size_t length, const char *headers)
{
    char head[512];
    int peer = peer_open(stage);

    (void)snprintf(head, sizeof(head), POST_HEAD "Content-Length: %zu\r\n%s\r\n", length, headers);
    peer_send(peer, head);
    return peer;
}

static void assert_last_upload(const char *expected)
{
    char *text = fake_jobs_last_upload();

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

/* ---- what arrives ---- */

static void parts_become_a_job(void **state)
{
    struct reply reply =
        ask(*state, "POST /api/jobs", TYPE "Idempotency-Key: k\r\n",
            PART("options") "{\"job_id\":\"mine\"}\r\n" NAMED("a/b.csv") "1,2\r\n" SCRIPT PART(
                "request") "{\"n\":1}\r\n" NAMED("c") "\r\n" END);

    assert_string_equal(reply_header(&reply, "Location"), "/api/jobs/mine");
    assert_json(&reply, 202, "job_id", "\"mine\"");
    assert_last_upload("{\"job_id\":\"mine\",\"script\":\"print(1)\",\"request\":\"{\\\"n\\\":1}\","
                       "\"files\":{\"a/b.csv\":\"1,2\",\"c\":\"\"}}");
    assert_true(nothing_is_staged(*state));
}

static void a_body_may_come_byte_by_byte_or_in_chunks(void **state)
{
    static const char body[] = SCRIPT NAMED("a") "1\r\n--bn\r\n" END;
    int peer = begin(*state, strlen(body), "");

    for (size_t i = 0; body[i] != '\0'; i++)
        peer_send(peer, (const char[]){ body[i], '\0' });
    struct reply reply = peer_receive(peer, false);
    assert_int_equal(reply.status, 202);
    reply_clear(&reply);
    assert_last_upload("{\"script\":\"print(1)\",\"files\":{\"a\":\"1\\r\\n--bn\"}}");

    peer_send(peer, POST_HEAD "Transfer-Encoding: chunked\r\n\r\n"); /* the same connection */
    for (size_t i = 0; body[i] != '\0'; i++) {
        char chunk[] = "1\r\n?\r\n";

        chunk[3] = body[i];
        peer_send(peer, chunk);
    }
    peer_send(peer, "0\r\n\r\n");
    reply = peer_receive(peer, false);
    assert_int_equal(reply.status, 202);
    reply_clear(&reply);
    (void)close(peer);
    assert_last_upload("{\"script\":\"print(1)\",\"files\":{\"a\":\"1\\r\\n--bn\"}}");
}

static void files_may_be_larger_than_any_buffer(void **state)
{
    static const char head[] = SCRIPT NAMED("zeros");
    static const char tail[] = "\r\n" END;
    static const size_t sizes[] = { BUFFER - sizeof(head) + 1, BUFFER, 3 * BUFFER + 17 };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        int peer = begin(*state, strlen(head) + sizes[i] + strlen(tail), "");

        peer_send(peer, head);
        send_zeros(peer, sizes[i]);
        peer_send(peer, tail);
        struct reply reply = peer_receive(peer, false);
        assert_int_equal(reply.status, 202);
        reply_clear(&reply);
        (void)close(peer);
    }
    assert_true(nothing_is_staged(*state));
}

/* ---- what is refused ---- */

static void what_is_wrong_with_the_body_is_named(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const char *type, *body;
        unsigned status;
        const char *field;
    } cases[] = {
        { TYPE, SCRIPT "--bnd", 400, NULL },
        { TYPE, "{}", 400, NULL },
        { TYPE, "", 400, NULL },
        { "Content-Type: multipart/form-data\r\n", SCRIPT END, 400, "Content-Type" },
        { TYPE, "--bnd\r\nX: y\r\n\r\n" END, 400, "Content-Disposition" },
        { TYPE, SCRIPT PART("file") "x\r\n" END, 422, "file" },
        { TYPE, SCRIPT SCRIPT END, 422, "script" },
        { TYPE, SCRIPT NAMED("a") "\r\n" PART("files") "x\r\n" END, 422, "files[1].path" },
        { TYPE, SCRIPT NAMED("../a") "x\r\n" END, 422, "files[0].path" },
        { "Content-Type: multipart/mixed; boundary=bnd\r\n", SCRIPT END, 415, "Content-Type" },
        { TYPE TYPE, SCRIPT END, 415, "Content-Type" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply reply = ask(stage, "POST /api/jobs", cases[i].type, cases[i].body);

        assert_problem(&reply, cases[i].status, cases[i].field);
        eventually(nothing_is_staged, stage, "what was staged is removed");
    }
    struct reply reply = ask(stage, "POST /api/jobs/a/cancel", TYPE, SCRIPT END);
    assert_problem(&reply, 415, "Content-Type");
    assert_int_equal(fake_jobs_submissions(stage->jobs), 0);
}

static void texts_share_the_bound_of_a_json_body(void **state)
{
    static const char head[] = NAMED("a") "x\r\n" PART("script");
    int peer = begin(*state, strlen(head) + STAGE_MAX_BODY + 1 + strlen("\r\n" END), "");

    peer_send(peer, head);
    send_zeros(peer, STAGE_MAX_BODY + 1);
    peer_send(peer, "\r\n" END);
    struct reply reply = peer_receive(peer, false);
    assert_problem(&reply, 413, "script");
    (void)close(peer);
    eventually(nothing_is_staged, *state, "what was staged is removed");
}

static void a_mistake_is_answered_before_the_rest_has_come(void **state)
{
    static const char head[] = NAMED("fine") "x\r\n" NAMED("../bad");
    int peer = begin(*state, STAGE_MAX_UPLOAD, "");

    peer_send(peer, head);
    send_zeros(peer, 2 * BUFFER);
    struct reply reply = peer_receive(peer, false);
    assert_string_equal(reply_header(&reply, "Connection"), "close");
    assert_problem(&reply, 422, "files[1].path");
    assert_true(peer_ended(peer));
    (void)close(peer);
    eventually(nothing_is_staged, *state, "the staged files are removed");
}

static void an_upload_over_the_limit_is_413_though_it_is_sent(void **state)
{
    static const char head[] = SCRIPT NAMED("a");
    int peer = begin(*state, STAGE_MAX_UPLOAD + 1, "");
    struct reply reply = peer_receive(peer, false);

    assert_non_null(strstr(reply.body, "http.max_upload_bytes"));
    assert_problem(&reply, 413, NULL);
    (void)close(peer);

    peer = peer_open(*state);
    peer_send(peer, POST_HEAD "Transfer-Encoding: chunked\r\n\r\nffffff\r\n");
    peer_send(peer, head);
    send_zeros(peer, STAGE_MAX_UPLOAD + BUFFER);
    reply = peer_receive(peer, false);
    assert_problem(&reply, 413, NULL);
    (void)close(peer);
    eventually(nothing_is_staged, *state, "the staged files are removed");
}

static void who_may_not_submit_is_told_before_the_body(void **state)
{
    struct stage stage;
    static const struct {
        const char *headers;
        unsigned status;
        const char *field;
    } cases[] = {
        { "", 401, "Authorization" },
        { "Origin: https://evil.example\r\nAuthorization: Bearer t\r\n", 403, "Origin" },
        { "Origin: null\r\nAuthorization: Bearer t\r\n", 403, "Origin" },
        { "Sec-Fetch-Site: cross-site\r\nAuthorization: Bearer t\r\n", 403, "Sec-Fetch-Site" },
        { "Sec-Fetch-Site: same-site\r\nAuthorization: Bearer t\r\n", 403, "Sec-Fetch-Site" },
        { "Sec-Fetch-Site: same-site\r\nOrigin: https://evil.example\r\n", 403, "Origin" },
    };

    (void)state;
    stage_set(&stage);
    stage_start(&stage, "t");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char headers[256];

        for (int expecting = 0; expecting < 2; expecting++) {
            (void)snprintf(headers, sizeof(headers), "%s%s", cases[i].headers,
                           expecting ? "Expect: 100-continue\r\n" : "");
            int peer = begin(&stage, STAGE_MAX_UPLOAD, headers);
            struct reply reply = peer_receive(peer, false);

            assert_problem(&reply, cases[i].status, cases[i].field);
            (void)close(peer);
        }
    }
    assert_true(nothing_is_staged(&stage));
    assert_int_equal(fake_jobs_submissions(stage.jobs), 0);
    stage_clear(&stage);
}

static void a_full_queue_is_told_before_the_body(void **state)
{
    fake_jobs_refuse_next_upload(ERROR_BUSY, 7);
    int peer = begin(*state, STAGE_MAX_UPLOAD, "Expect: 100-continue\r\n");
    struct reply reply = peer_receive(peer, false);
    assert_string_equal(reply_header(&reply, "Retry-After"), "7");
    assert_problem(&reply, 429, NULL);
    (void)close(peer);

    fake_jobs_refuse_next_upload(ERROR_BUSY, 7);
    peer = begin(*state, STAGE_MAX_UPLOAD, "");
    reply = peer_receive(peer, false);
    assert_string_equal(reply_header(&reply, "Retry-After"), "7");
    assert_problem(&reply, 429, NULL);
    (void)close(peer);
}

static void only_so_many_uploads_arrive_at_once(void **state)
{
    enum { AT_ONCE = 64 };
    int peers[AT_ONCE];

    for (int i = 0; i < AT_ONCE; i++) {
        peers[i] = begin(*state, strlen(SCRIPT END), "");
        peer_send(peers[i], SCRIPT);
    }
    bool refused = false;
    while (!refused) { /* until the server has seen all of them */
        struct reply reply = ask(*state, "POST /api/jobs", TYPE, SCRIPT END);

        refused = reply.status == 503;
        if (refused)
            assert_string_equal(reply_header(&reply, "Retry-After"), "1");
        else
            assert_int_equal(reply.status, 202);
        reply_clear(&reply);
    }
    for (int i = 0; i < AT_ONCE; i++) { /* who was first is served */
        peer_send(peers[i], END);
        struct reply reply = peer_receive(peers[i], false);
        assert_int_equal(reply.status, 202);
        reply_clear(&reply);
        (void)close(peers[i]);
    }
    struct reply reply = ask(*state, "POST /api/jobs", TYPE, SCRIPT END);
    assert_int_equal(reply.status, 202);
    reply_clear(&reply);
}

/* ---- what ends early ---- */

static void an_upload_whose_peer_hangs_up_leaves_nothing(void **state)
{
    struct stage *stage = *state;

    for (int half = 0; half < 2; half++) {
        int peer = begin(stage, STAGE_MAX_UPLOAD, "");

        peer_send(peer, SCRIPT NAMED("a"));
        send_zeros(peer, 2 * BUFFER);
        eventually(something_is_staged, stage, "a file is staged");
        if (half)
            (void)shutdown(peer, SHUT_WR);
        else
            (void)close(peer);
        eventually(nothing_is_staged, stage, "it is removed");
        if (half)
            (void)close(peer);
    }
    assert_int_equal(fake_jobs_submissions(stage->jobs), 0);
}

static void a_stop_in_the_middle_leaves_nothing(void **state)
{
    struct stage *stage = *state;
    int peer = begin(stage, STAGE_MAX_UPLOAD, "");

    peer_send(peer, SCRIPT NAMED("a"));
    send_zeros(peer, 3 * BUFFER);
    eventually(something_is_staged, stage, "a file is staged");
    stage_stop(stage);
    assert_true(nothing_is_staged(stage));
    (void)close(peer);
}

static void an_upload_has_a_deadline_of_its_own(void **state)
{
    struct stage stage;

    (void)state;
    stage_set(&stage);
    stage.settings.http_request_timeout_ms = 300;
    stage.settings.http_upload_timeout_ms = 1500;
    stage_start(&stage, NULL);
    int64_t before_ms = clock_monotonic_ms();
    int peer = begin(&stage, STAGE_MAX_UPLOAD, "");
    peer_send(peer, SCRIPT NAMED("a"));
    for (;;) {
        struct pollfd readable = { .fd = peer, .events = POLLIN };

        send_zeros(peer, 1000);
        if (poll(&readable, 1, 20) > 0 && peer_ended(peer))
            break;
    }
    assert_true(clock_monotonic_ms() - before_ms >= 1490);
    (void)close(peer);
    eventually(nothing_is_staged, &stage, "what had arrived is removed");
    stage_clear(&stage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_become_a_job),
        TEST(a_body_may_come_byte_by_byte_or_in_chunks),
        TEST(files_may_be_larger_than_any_buffer),
        TEST(what_is_wrong_with_the_body_is_named),
        TEST(texts_share_the_bound_of_a_json_body),
        TEST(a_mistake_is_answered_before_the_rest_has_come),
        TEST(an_upload_over_the_limit_is_413_though_it_is_sent),
        cmocka_unit_test(who_may_not_submit_is_told_before_the_body),
        TEST(a_full_queue_is_told_before_the_body),
        TEST(only_so_many_uploads_arrive_at_once),
        TEST(an_upload_whose_peer_hangs_up_leaves_nothing),
        TEST(a_stop_in_the_middle_leaves_nothing),
        cmocka_unit_test(an_upload_has_a_deadline_of_its_own),
    };

    return cmocka_run_group_tests_name("http_uploads", tests, NULL, NULL);
}
