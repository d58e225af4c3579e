/* SPDX-License-Identifier: Apache-2.0 */
#include "http/file_headers.h"
#include "http/gate.h"
#include "http/problem.h"
#include "http/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char allowed_host[] = "maps-backend.example";
static char allowed_origin[] = "https://ui.example";
static char *hosts[] = { allowed_host, NULL };
static char *origins[] = { allowed_origin, NULL };

static struct gate gate_on(const char *address)
{
    return (struct gate){ .listen_address = address,
                          .allowed_hosts = hosts,
                          .allowed_origins = origins };
}

static void loopback_answers_only_to_its_own_names(void **state)
{
    static const char *const good[] = { "localhost",
                                        "LocalHost:8000",
                                        "127.0.0.1",
                                        "127.0.0.1:8000",
                                        "127.8.9.1",
                                        "[::1]",
                                        "[::1]:1",
                                        "maps-backend.example",
                                        "MAPS-backend.example:80" };
    static const char *const bad[] = { "",
                                       "evil.example",
                                       "localhost.evil.example",
                                       "127.0.0.1.evil.example",
                                       "10.0.0.1",
                                       "[::1",
                                       "[]",
                                       "::1",
                                       "localhost:",
                                       "localhost:x",
                                       "localhost:123456",
                                       "a b",
                                       "localhost/",
                                       "localhost@evil.example",
                                       "[::2]",
                                       "localhost:80:80",
                                       "0.0.0.0",
                                       "[fe80::1%25lo]" };
    struct gate gate = gate_on("127.0.0.1");

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(gate_host_allowed(&gate, good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (gate_host_allowed(&gate, bad[i]))
            fail_msg("let in: %s", bad[i]);
    }
}

static void beyond_loopback_any_address_will_do_but_no_name(void **state)
{
    static const char *const addresses[] = { "0.0.0.0", "::", "192.168.1.5" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct gate gate = gate_on(addresses[i]);

        assert_true(gate_host_allowed(&gate, "10.244.0.7:8000"));
        assert_true(gate_host_allowed(&gate, "[fd00::1]:8000"));
        assert_true(gate_host_allowed(&gate, "localhost"));
        assert_false(gate_host_allowed(&gate, "rebound.example:8000"));
        assert_false(gate_host_allowed(&gate, "10.0.0.1.example"));
    }
}

static void only_pages_of_our_own_and_listed_ones_pass(void **state)
{
    static const struct {
        const char *host, *origin;
        enum gate_origin verdict;
    } cases[] = {
        { "localhost:8000", NULL, GATE_ORIGIN_SAME },
        { "localhost:8000", "http://localhost:8000", GATE_ORIGIN_SAME },
        { "localhost:8000", "https://LOCALHOST:8000", GATE_ORIGIN_SAME },
        { "localhost:8000", "https://ui.example", GATE_ORIGIN_LISTED },
        { "localhost:8000", "http://ui.example", GATE_ORIGIN_FOREIGN },
        { "localhost:8000", "http://localhost:8001", GATE_ORIGIN_FOREIGN },
        { "localhost:8000", "http://localhost", GATE_ORIGIN_FOREIGN },
        { "localhost:8000", "http://localhost:8000.evil.example", GATE_ORIGIN_FOREIGN },
        { "localhost:8000", "null", GATE_ORIGIN_FOREIGN },
        { "localhost:8000", "", GATE_ORIGIN_FOREIGN },
        { "localhost:8000", "file://localhost:8000", GATE_ORIGIN_FOREIGN },
        { "localhost:8000", "localhost:8000", GATE_ORIGIN_FOREIGN },
    };
    struct gate gate = gate_on("127.0.0.1");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(gate_origin(&gate, cases[i].host, cases[i].origin), cases[i].verdict);
}

static void only_the_token_itself_matches(void **state)
{
    (void)state;
    assert_true(gate_token_matches("secret", "Bearer secret"));
    assert_true(gate_token_matches("secret", "bearer secret"));
    assert_false(gate_token_matches("secret", NULL));
    assert_false(gate_token_matches("secret", ""));
    assert_false(gate_token_matches("secret", "Bearer "));
    assert_false(gate_token_matches("secret", "Bearer secre"));
    assert_false(gate_token_matches("secret", "Bearer secrets"));
    assert_false(gate_token_matches("secret", "Bearer Secret"));
    assert_false(gate_token_matches("secret", "Basic secret"));
    assert_false(gate_token_matches("secret", "secret"));
    assert_false(gate_token_matches("", "Bearer "));
}

static void only_json_is_json(void **state)
{
    (void)state;
    assert_true(gate_is_form("multipart/form-data"));
    assert_true(gate_is_form("Multipart/Form-Data ; boundary=x"));
    assert_false(gate_is_form("multipart/form-datax"));
    assert_false(gate_is_form("multipart/mixed"));
    assert_false(gate_is_form(NULL));
    assert_true(gate_site_allowed(NULL));
    assert_true(gate_site_allowed("same-origin"));
    assert_true(gate_site_allowed("none"));
    assert_false(gate_site_allowed("same-site"));
    assert_false(gate_site_allowed("cross-site"));
    assert_false(gate_site_allowed(""));
    assert_true(gate_is_json("application/json"));
    assert_true(gate_is_json("Application/JSON; charset=utf-8"));
    assert_true(gate_is_json("application/json ;charset=utf-8"));
    assert_false(gate_is_json(NULL));
    assert_false(gate_is_json(""));
    assert_false(gate_is_json("application/jsonp"));
    assert_false(gate_is_json("application/json+x"));
    assert_false(gate_is_json("text/plain; application/json"));
    assert_false(gate_is_json("application/x-www-form-urlencoded"));
}

static void every_kind_of_error_has_its_status(void **state)
{
    static const struct {
        enum error_kind kind;
        unsigned status;
    } cases[] = { { ERROR_INTERNAL, 500 },    { ERROR_MALFORMED, 400 }, { ERROR_UNAUTHORIZED, 401 },
                  { ERROR_FORBIDDEN, 403 },   { ERROR_NOT_FOUND, 404 }, { ERROR_CONFLICT, 409 },
                  { ERROR_TOO_LARGE, 413 },   { ERROR_INVALID, 422 },   { ERROR_BUSY, 429 },
                  { ERROR_UNAVAILABLE, 503 }, { ERROR_STORAGE, 507 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(problem_status(cases[i].kind), cases[i].status);
}

static void a_problem_says_what_is_wrong_where(void **state)
{
    struct error *err = error_new(ERROR_INVALID, "a\xff", "Say \"%s\".", "b\xfe");
    char *text = problem_text(422, err);

    (void)state;
    assert_string_equal(text, "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\","
                              "\"status\":422,\"detail\":\"Say \\\"b\xef\xbf\xbd\\\".\","
                              "\"field\":\"a\xef\xbf\xbd\"}");
    free(text);
    error_free(err);
}

static void each_path_leads_to_its_endpoint(void **state)
{
    static const struct {
        const char *path;
        enum endpoint endpoint;
        const char *job_id, *file;
    } cases[] = {
        { "/api/jobs", ENDPOINT_JOBS, "", NULL },
        { "/api/jobs/a-1", ENDPOINT_JOB, "a-1", NULL },
        { "/api/jobs/a/logs", ENDPOINT_LOGS, "a", NULL },
        { "/api/jobs/a/cancel", ENDPOINT_CANCEL, "a", NULL },
        { "/api/jobs/a/output", ENDPOINT_OUTPUT_LIST, "a", NULL },
        { "/api/jobs/a/output.tar", ENDPOINT_OUTPUT_ARCHIVE, "a", NULL },
        { "/api/jobs/a/output/b/c.txt", ENDPOINT_OUTPUT_FILE, "a", "b/c.txt" },
        { "/api/system/info", ENDPOINT_INFO, "", NULL },
        { "/healthz", ENDPOINT_HEALTHZ, "", NULL },
        { "/readyz", ENDPOINT_READYZ, "", NULL },
        { "/health", ENDPOINT_HEALTH, "", NULL },
    };
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        route_find(cases[i].path, &route);
        assert_int_equal(route.endpoint, cases[i].endpoint);
        assert_string_equal(route.job_id, cases[i].job_id);
        if (cases[i].file != NULL)
            assert_string_equal(route.file, cases[i].file);
        assert_int_equal(route.about_jobs, strncmp(cases[i].path, "/api/jobs", 9) == 0);
    }
}

static void other_paths_lead_nowhere(void **state)
{
    static const char *const paths[] = {
        "/",
        "/api",
        "/api/",
        "/api/jobs/",
        "/api/jobsx",
        "/api/jobs/UPPER",
        "/api/jobs/-a",
        "/api/jobs/a-",
        "/api/jobs/a/",
        "/api/jobs/a/log",
        "/api/jobs/a/logs/",
        "/api/jobs/a/logs/x",
        "/api/jobs/a/output/",
        "/api/jobs/a/output/b/",
        "/api/jobs/a/cancel/x",
        "/metrics",
        "/api/jobs/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "/api/jobs/a.b",
        "/api/jobs/a_b",
        "/healthz/"
    };
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        route_find(paths[i], &route);
        if (route.endpoint != ENDPOINT_NONE)
            fail_msg("leads somewhere: %s", paths[i]);
    }
}

static void methods_are_allowed_where_they_mean_something(void **state)
{
    char text[ROUTE_ALLOW_BYTES];

    (void)state;
    route_allow(route_methods(ENDPOINT_JOBS), text);
    assert_string_equal(text, "GET, HEAD, POST, OPTIONS");
    route_allow(route_methods(ENDPOINT_JOB), text);
    assert_string_equal(text, "GET, HEAD, DELETE, OPTIONS");
    route_allow(route_methods(ENDPOINT_CANCEL), text);
    assert_string_equal(text, "POST, OPTIONS");
    assert_int_equal(method_parse("TRACE"), METHOD_OTHER);
    assert_int_equal(method_parse("get"), METHOD_OTHER);
}

static void a_file_is_labelled_for_saving(void **state)
{
    char *text = file_disposition("a/b/\"x\" \xe2\x98\x83;.txt");

    (void)state;
    assert_string_equal(text, "attachment; filename=\"_x_ ____.txt\"; "
                              "filename*=UTF-8''%22x%22%20%E2%98%83%3B.txt");
    free(text);
    assert_string_equal(file_content_type("a.JSON"), "application/json");
    assert_string_equal(file_content_type("a.b/c"), "application/octet-stream");
    assert_string_equal(file_content_type("page.html"), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_answers_only_to_its_own_names),
        cmocka_unit_test(beyond_loopback_any_address_will_do_but_no_name),
        cmocka_unit_test(only_pages_of_our_own_and_listed_ones_pass),
        cmocka_unit_test(only_the_token_itself_matches),
        cmocka_unit_test(only_json_is_json),
        cmocka_unit_test(every_kind_of_error_has_its_status),
        cmocka_unit_test(a_problem_says_what_is_wrong_where),
        cmocka_unit_test(each_path_leads_to_its_endpoint),
        cmocka_unit_test(other_paths_lead_nowhere),
        cmocka_unit_test(methods_are_allowed_where_they_mean_something),
        cmocka_unit_test(a_file_is_labelled_for_saving),
    };

    return cmocka_run_group_tests_name("http_gate", tests, NULL, NULL);
}
