/* SPDX-License-Identifier: Apache-2.0 */
#include "job/log_sink.h"
#include "logs/log_reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/maps-sink-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void expect_text(unsigned streams, const char *expected)
{
    char *text = NULL;
    size_t length = 0;
    bool truncated = false;

    assert_null(log_read_all(path, streams, 1 << 20, &text, &length, &truncated));
    assert_string_equal(text, expected);
    free(text);
}

static void what_is_held_is_dropped(void **state)
{
    bool gap = false;
    struct log_sink *sink = log_sink_open(path, 0);

    (void)state;
    assert_int_equal(log_sink_emit(sink, 1, 0, "abcdef", 6, &gap), 0);
    assert_int_equal(log_sink_emit(sink, 1, 2, "cdefgh", 6, &gap), 0);
    assert_int_equal(log_sink_emit(sink, 2, 0, "err", 3, &gap), 0);
    assert_int_equal(log_sink_emit(sink, 1, 0, "abc", 3, &gap), 0);
    assert_false(gap);
    log_sink_close(sink);
    expect_text(LOG_STDOUT, "abcdefgh");
    expect_text(LOG_STDERR, "err");
}

static void a_new_host_goes_on_where_the_old_one_stopped(void **state)
{
    bool gap = false;
    struct log_sink *sink = log_sink_open(path, 0);

    (void)state;
    assert_int_equal(log_sink_emit(sink, 1, 0, "abc", 3, &gap), 0);
    assert_int_equal(log_sink_emit(sink, 2, 0, "x", 1, &gap), 0);
    log_sink_close(sink);
    sink = log_sink_open(path, 0);
    assert_int_equal(log_sink_emit(sink, 1, 0, "abcdef", 6, &gap), 0);
    assert_false(gap);
    log_sink_close(sink);
    expect_text(LOG_STDOUT, "abcdef");
}

static void a_gap_is_flagged(void **state)
{
    bool gap = false;
    struct log_sink *sink = log_sink_open(path, 0);

    (void)state;
    assert_int_equal(log_sink_emit(sink, 1, 0, "ab", 2, &gap), 0);
    assert_int_equal(log_sink_emit(sink, 1, 5, "fg", 2, &gap), 0);
    assert_true(gap);
    log_sink_close(sink);
    expect_text(LOG_STDOUT, "abfg");
}

static void the_limit_is_kept_to_the_byte(void **state)
{
    bool gap = false;
    struct log_sink *sink = log_sink_open(path, 5);

    (void)state;
    assert_int_equal(log_sink_emit(sink, 1, 0, "abc", 3, &gap), 0);
    assert_int_equal(log_sink_emit(sink, 2, 0, "defg", 4, &gap), -EDQUOT);
    assert_int_equal(log_sink_emit(sink, 1, 3, "x", 1, &gap), -EDQUOT);
    log_sink_close(sink);
    expect_text(LOG_ALL, "abcde");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_held_is_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_host_goes_on_where_the_old_one_stopped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_gap_is_flagged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_limit_is_kept_to_the_byte, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("log_sink", tests, NULL, NULL);
}
