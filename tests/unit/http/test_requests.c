/* SPDX-License-Identifier: Apache-2.0 */
/* Each endpoint's answers and refusals, over real sockets. */
#include "stage.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SCRIPT "{\"script_content\":\"print(1)\",\"job_id\":\"mine\"}"

/* ---- submit ---- */

static void a_submission_is_accepted_with_its_location(void **state)
{
    struct reply reply = ask(*state, "POST /api/jobs", NULL, SCRIPT);

    assert_string_equal(reply_header(&reply, "Location"), "/api/jobs/mine");
    assert_json(&reply, 202, "job_id", "\"mine\"");
}

static void errors_of_a_submission_become_problems(void **state)
{
    struct stage *stage = *state;
    static const struct {
        enum error_kind kind;
        unsigned status;
    } cases[] = { { ERROR_MALFORMED, 400 }, { ERROR_CONFLICT, 409 }, { ERROR_TOO_LARGE, 413 },
                  { ERROR_INVALID, 422 },   { ERROR_STORAGE, 507 },  { ERROR_UNAVAILABLE, 503 } };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fake_jobs_refuse_next(stage->jobs, cases[i].kind, 0);
        struct reply reply = ask(stage, "POST /api/jobs", NULL, SCRIPT);

        assert_problem(&reply, cases[i].status, "script_content");
    }
    fake_jobs_refuse_next(stage->jobs, ERROR_BUSY, 7);
    struct reply reply = ask(stage, "POST /api/jobs", NULL, SCRIPT);
    assert_string_equal(reply_header(&reply, "Retry-After"), "7");
    assert_problem(&reply, 429, "script_content");
}

static void a_submission_that_makes_no_sense_never_reaches_the_jobs(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const char *request, *headers, *body;
        unsigned status;
        const char *field;
    } cases[] = {
        { "POST /api/jobs?wiat=1", NULL, SCRIPT, 422, "wiat" },
        { "POST /api/jobs?wait=soon", NULL, SCRIPT, 422, "wait" },
        { "POST /api/jobs?wait=", NULL, SCRIPT, 422, "wait" },
        { "POST /api/jobs?wait=1e9999", NULL, SCRIPT, 422, "wait" },
        { "POST /api/jobs", NULL, "", 400, NULL },
        { "POST /api/jobs", "Content-Type: text/plain\r\n", SCRIPT, 415, "Content-Type" },
        { "POST /api/jobs", "Content-Type: application/x-www-form-urlencoded\r\n", SCRIPT, 415,
          "Content-Type" },
        { "POST /api/jobs", "Content-Type:\r\n", SCRIPT, 415, "Content-Type" },
        { "POST /api/jobs", "Idempotency-Key: a b\r\n", SCRIPT, 422, "Idempotency-Key" },
        { "POST /api/jobs", "Idempotency-Key:\r\n", SCRIPT, 422, "Idempotency-Key" },
        { "POST /api/jobs", "Origin: https://evil.example\r\n", SCRIPT, 403, "Origin" },
        { "POST /api/jobs", "Origin: null\r\n", SCRIPT, 403, "Origin" },
        { "POST /api/jobs", "Host: evil.example\r\n", SCRIPT, 403, "Host" },
        { "POST /api/jobs", "Host: localhost\r\nHost: localhost\r\n", SCRIPT, 400, "Host" },
        { "POST /api/jobs", "Content-Length: 6\r\n", SCRIPT, 400, "Content-Length" },
        { "POST /api/jobs", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", 400, "Content-Length" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply reply = ask(stage, cases[i].request, cases[i].headers, cases[i].body);

        assert_problem(&reply, cases[i].status, cases[i].field);
    }
    assert_int_equal(fake_jobs_submissions(stage->jobs), 0);
}

static void a_foreign_transfer_encoding_is_refused(void **state)
{
    int peer = peer_open(*state);

    peer_send(peer, "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n"
                    "Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n");
    struct reply reply = peer_receive(peer, false);
    assert_problem(&reply, 400, "Transfer-Encoding");
    (void)close(peer);
}

static void who_waits_for_100_is_refused_before_sending(void **state)
{
    int peer = peer_open(*state);

    peer_send(peer, "POST /api/jobs HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 5\r\n"
                    "Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n");
    struct reply reply = peer_receive(peer, false);
    assert_problem(&reply, 403, "Host");
    assert_true(peer_ended(peer));
    (void)close(peer);
}

/* ---- look ---- */

static void a_running_job_shows_its_progress_and_no_outputs(void **state)
{
    struct stage *stage = *state;

    fake_job_add(stage->jobs, "a", "{\"team\":\"x\"}");
    struct reply reply = ask(stage, "GET /api/jobs/a", NULL, NULL);
    assert_null(strstr(reply.body, "output_files"));
    assert_null(strstr(reply.body, "\"logs\""));
    assert_non_null(strstr(reply.body, "\"labels\":{\"team\":\"x\"}"));
    assert_json(&reply, 200, "message", "\"working on it\"");
}

static void a_job_that_ended_shows_outputs_result_and_logs_on_request(void **state)
{
    struct stage *stage = *state;
    static const char result[] = "{\"n\": 12345678901234567890}";

    fake_job_add(stage->jobs, "a", "{}");
    fake_job_log(stage->jobs, "a", 1, "out \xff\n");
    fake_job_output(stage->jobs, "a", "result.json", result, strlen(result));
    fake_job_end(stage->jobs, "a", JOB_SUCCESS);
    struct reply reply = ask(stage, "GET /api/jobs/a?logs=true", NULL, NULL);
    assert_non_null(strstr(reply.body, "\"result\":{\"n\": 12345678901234567890}"));
    assert_non_null(strstr(reply.body, "\"path\":\"result.json\""));
    assert_non_null(strstr(reply.body, "\"logs_cut\":false"));
    assert_json(&reply, 200, "logs", "\"out \xef\xbf\xbd\\n\"");
}

static void a_result_that_is_not_json_is_left_out(void **state)
{
    struct stage *stage = *state;

    fake_job_add(stage->jobs, "a", "{}");
    fake_job_output(stage->jobs, "a", "result.json", "{\"n\": 01}", 9);
    fake_job_end(stage->jobs, "a", JOB_SUCCESS);
    struct reply reply = ask(stage, "GET /api/jobs/a", NULL, NULL);
    assert_null(strstr(reply.body, "\"result\""));
    assert_json(&reply, 200, "status", "\"success\"");
}

static void what_is_unknown_is_404(void **state)
{
    static const char *const requests[] = { "GET /api/jobs/nobody",
                                            "DELETE /api/jobs/nobody",
                                            "POST /api/jobs/nobody/cancel",
                                            "GET /api/jobs/nobody/logs",
                                            "GET /api/jobs/nobody/output",
                                            "GET /api/jobs/nobody/output/x",
                                            "GET /api/jobs/nobody/output.tar",
                                            "GET /api/jobs/nobody?wait=9",
                                            "GET /api/jobs/nobody/logs?follow=true",
                                            "GET /metrics",
                                            "GET /",
                                            "GET /api/jobs/UPPER",
                                            "DELETE /api/jobs/",
                                            "GET /api/jobs/a/output/b/" };

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct reply reply = ask(*state, requests[i], NULL, NULL);

        assert_problem(&reply, 404, NULL);
    }
}

static void crooked_paths_are_400(void **state)
{
    static const char *const requests[] = {
        "GET /api/jobs/..",      "DELETE /api/jobs/%2e%2e",   "GET /api/jobs/a%00b",
        "GET /api/jobs/a%2fb",   "GET /api/jobs/a%5cb",       "GET /api/jobs/%ff",
        "GET /api/jobs/a%zz",    "GET /api/jobs/a/output//x", "GET /api/jobs/a/output/../x",
        "GET http://localhost/", "GET /api/jobs?status=%00"
    };

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct reply reply = ask(*state, requests[i], NULL, NULL);

        assert_problem(&reply, 400, NULL);
    }
}

static void a_wrong_method_is_405_and_says_which_are_right(void **state)
{
    static const struct {
        const char *request, *allow;
    } cases[] = { { "PUT /api/jobs", "GET, HEAD, POST, OPTIONS" },
                  { "DELETE /api/jobs", "GET, HEAD, POST, OPTIONS" },
                  { "PATCH /api/jobs/a", "GET, HEAD, DELETE, OPTIONS" },
                  { "POST /healthz", "GET, HEAD, OPTIONS" },
                  { "TRACE /healthz", "GET, HEAD, OPTIONS" },
                  { "GET /api/jobs/a/cancel", "POST, OPTIONS" } };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply reply = ask(*state, cases[i].request, NULL, NULL);

        assert_string_equal(reply_header(&reply, "Allow"), cases[i].allow);
        assert_problem(&reply, 405, NULL);
    }
}

static void a_bad_query_names_its_parameter(void **state)
{
    static const struct {
        const char *request, *field;
    } cases[] = { { "GET /api/jobs?status=happy", "status" },
                  { "GET /api/jobs?status=", "status" },
                  { "GET /api/jobs?limit=0", "limit" },
                  { "GET /api/jobs?limit=1001", "limit" },
                  { "GET /api/jobs?limit=many", "limit" },
                  { "GET /api/jobs?cursor=nonsense!", "cursor" },
                  { "GET /api/jobs?cursor=c0", "cursor" },
                  { "GET /api/jobs?label=x", "label" },
                  { "GET /api/jobs?label==x", "label" },
                  { "GET /api/jobs?colour=red", "colour" },
                  { "GET /api/jobs/a?logs=maybe", "logs" },
                  { "GET /api/jobs/a?wait=-1", "wait" },
                  { "GET /api/jobs/a/logs?stream=stdin", "stream" },
                  { "GET /api/jobs/a/logs?offset=-1", "offset" },
                  { "GET /api/jobs/a/logs?follow=maybe", "follow" },
                  { "GET /api/jobs/a/logs?tail=5", "tail" },
                  { "GET /api/jobs/a/output?x=1", "x" },
                  { "POST /api/jobs/a/cancel?now=1", "now" },
                  { "DELETE /api/jobs/a?now=1", "now" },
                  { "GET /healthz?x=1", "x" } };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply reply = ask(*state, cases[i].request, NULL, NULL);

        assert_problem(&reply, 422, cases[i].field);
    }
}

/* ---- list ---- */

/* Appends the ids of a page to `ids`; true and the cursor if there is a further page. */
static bool read_page(struct stage *stage, const char *query, char *cursor, char *ids)
{
    char request[256];

    (void)snprintf(request, sizeof(request), "GET /api/jobs?%s%s%s", query,
                   cursor[0] != '\0' ? "&cursor=" : "", cursor);
    struct reply reply = ask(stage, request, NULL, NULL);
    assert_int_equal(reply.status, 200);
    cJSON *page = cJSON_Parse(reply.body);
    const cJSON *document;
    cJSON_ArrayForEach (document, cJSON_GetObjectItem(page, "jobs")) {
        strcat(ids, cJSON_GetObjectItem(document, "job_id")->valuestring);
        strcat(ids, " ");
    }
    const char *next = cJSON_GetStringValue(cJSON_GetObjectItem(page, "next_cursor"));
    (void)snprintf(cursor, 64, "%s", next != NULL ? next : "");
    cJSON_Delete(page);
    reply_clear(&reply);
    return cursor[0] != '\0';
}

static void the_list_pages_newest_first_without_gap_or_repeat(void **state)
{
    struct stage *stage = *state;
    char ids[256] = "", cursor[64] = "";
    const char *const names[] = { "a", "b", "c", "d", "e", "f" };
    int pages = 1;

    for (size_t i = 0; i < 6; i++)
        fake_job_add(stage->jobs, names[i], "{}");
    while (read_page(stage, "limit=2", cursor, ids))
        pages++;
    assert_string_equal(ids, "f e d c b a ");
    assert_int_equal(pages, 3);
}

static void the_list_filters_by_status_and_label(void **state)
{
    struct stage *stage = *state;
    char ids[256] = "", cursor[64] = "";

    fake_job_add(stage->jobs, "a", "{\"k\":\"v\"}");
    fake_job_add(stage->jobs, "b", "{\"k\":\"v=w\"}");
    fake_job_add(stage->jobs, "c", "{}");
    fake_job_end(stage->jobs, "c", JOB_ERROR);
    fake_job_end(stage->jobs, "a", JOB_SUCCESS);
    (void)read_page(stage, "label=k=v", cursor, ids);
    (void)read_page(stage, "label=k%3Av", cursor, ids);
    (void)read_page(stage, "label=k=v%3Dw", cursor, ids);
    assert_string_equal(ids, "a a b ");
    ids[0] = '\0';
    (void)read_page(stage, "status=success,error", cursor, ids);
    (void)read_page(stage, "status=success&status=running", cursor, ids);
    assert_string_equal(ids, "c a b a ");
}

/* ---- end ---- */

static void cancel_is_accepted_and_delete_forgets(void **state)
{
    struct stage *stage = *state;

    fake_job_add(stage->jobs, "a", "{}");
    struct reply reply = ask(stage, "POST /api/jobs/a/cancel", NULL, NULL);
    assert_json(&reply, 202, "job_id", "\"a\"");
    reply = ask(stage, "POST /api/jobs/a/cancel",
                "Content-Type: application/x-www-form-urlencoded\r\n", "");
    assert_problem(&reply, 415, "Content-Type");
    reply = ask(stage, "DELETE /api/jobs/a", NULL, NULL);
    assert_int_equal(reply.status, 204);
    reply_clear(&reply);
    reply = ask(stage, "GET /api/jobs/a", NULL, NULL);
    assert_problem(&reply, 404, NULL);
}

/* ---- logs and outputs ---- */

static void logs_come_apart_together_and_from_an_offset(void **state)
{
    static const struct {
        const char *request, *text;
    } cases[] = { { "GET /api/jobs/a/logs", "one\ntwo\nthree\n" },
                  { "GET /api/jobs/a/logs?stream=stdout", "one\nthree\n" },
                  { "GET /api/jobs/a/logs?stream=stderr", "two\n" },
                  { "GET /api/jobs/a/logs?offset=5", "wo\nthree\n" },
                  { "GET /api/jobs/a/logs?stream=stdout&offset=4", "three\n" },
                  { "GET /api/jobs/a/logs?offset=1000", "" },
                  { "GET /api/jobs/b/logs", "" } };
    struct stage *stage = *state;

    fake_job_add(stage->jobs, "a", "{}");
    fake_job_add(stage->jobs, "b", "{}");
    fake_job_log(stage->jobs, "a", 1, "one\n");
    fake_job_log(stage->jobs, "a", 2, "two\n");
    fake_job_log(stage->jobs, "a", 1, "three\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply reply = ask(stage, cases[i].request, NULL, NULL);

        assert_int_equal(reply.status, 200);
        assert_true(reply.complete);
        assert_string_equal(reply_header(&reply, "Content-Type"), "text/plain; charset=utf-8");
        assert_string_equal(reply.body, cases[i].text);
        reply_clear(&reply);
    }
}

static void outputs_are_listed_and_served_for_saving(void **state)
{
    struct stage *stage = *state;
    char *bytes = malloc(1000000);

    for (size_t i = 0; i < 1000000; i++)
        bytes[i] = (char)(i * 7);
    fake_job_add(stage->jobs, "a", "{}");
    fake_job_output(stage->jobs, "a", "page.html", bytes, 1000000);
    fake_job_output(stage->jobs, "a", "empty", "", 0);
    struct reply reply = ask(stage, "GET /api/jobs/a/output", NULL, NULL);
    assert_non_null(strstr(reply.body, "\"path\":\"page.html\",\"size\":1000000"));
    assert_json(&reply, 200, "more", "false");
    reply = ask(stage, "GET /api/jobs/a/output/page.html", NULL, NULL);
    assert_int_equal(reply.length, 1000000);
    assert_memory_equal(reply.body, bytes, 1000000);
    assert_string_equal(reply_header(&reply, "Content-Type"), "application/octet-stream");
    assert_string_equal(reply_header(&reply, "X-Content-Type-Options"), "nosniff");
    assert_memory_equal(reply_header(&reply, "Content-Disposition"), "attachment", 10);
    reply_clear(&reply);
    reply = ask(stage, "GET /api/jobs/a/output/empty", NULL, NULL);
    assert_true(reply.complete);
    assert_int_equal(reply.length, 0);
    reply_clear(&reply);
    reply = ask(stage, "GET /api/jobs/a/output/none", NULL, NULL);
    assert_problem(&reply, 404, NULL);
    free(bytes);
}

static void head_says_what_get_would(void **state)
{
    static const char *const requests[] = { "HEAD /api/jobs",
                                            "HEAD /api/jobs/a",
                                            "HEAD /api/jobs/a/logs?follow=true",
                                            "HEAD /api/jobs/a/output",
                                            "HEAD /api/jobs/a/output/x",
                                            "HEAD /api/jobs/a/output.tar",
                                            "HEAD /api/system/info",
                                            "HEAD /healthz",
                                            "HEAD /readyz",
                                            "HEAD /health" };
    struct stage *stage = *state;

    fake_job_add(stage->jobs, "a", "{}");
    fake_job_output(stage->jobs, "a", "x", "12345", 5);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct reply reply = ask(stage, requests[i], NULL, NULL);

        assert_int_equal(reply.status, 200);
        reply_clear(&reply);
    }
    struct reply reply = ask(stage, "HEAD /api/jobs/a/output/x", NULL, NULL);
    assert_string_equal(reply_header(&reply, "Content-Length"), "5");
    reply_clear(&reply);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_submission_is_accepted_with_its_location),
        TEST(errors_of_a_submission_become_problems),
        TEST(a_submission_that_makes_no_sense_never_reaches_the_jobs),
        TEST(a_foreign_transfer_encoding_is_refused),
        TEST(who_waits_for_100_is_refused_before_sending),
        TEST(a_running_job_shows_its_progress_and_no_outputs),
        TEST(a_job_that_ended_shows_outputs_result_and_logs_on_request),
        TEST(a_result_that_is_not_json_is_left_out),
        TEST(what_is_unknown_is_404),
        TEST(crooked_paths_are_400),
        TEST(a_wrong_method_is_405_and_says_which_are_right),
        TEST(a_bad_query_names_its_parameter),
        TEST(the_list_pages_newest_first_without_gap_or_repeat),
        TEST(the_list_filters_by_status_and_label),
        TEST(cancel_is_accepted_and_delete_forgets),
        TEST(logs_come_apart_together_and_from_an_offset),
        TEST(outputs_are_listed_and_served_for_saving),
        TEST(head_says_what_get_would),
    };

    return cmocka_run_group_tests_name("http_requests", tests, NULL, NULL);
}
