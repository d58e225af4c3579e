/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <frame.h>
#include <instant.h>
#include <relay.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_END, WRITE_END };

struct setting {
    int script[2], reader[2]; /* pipes: script -> relay -> reader */
    FILE *log;
    struct output output;
    struct relay relay;
};

static int begin(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));

    assert_non_null(setting);
    assert_int_equal(pipe2(setting->script, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(pipe2(setting->reader, O_CLOEXEC | O_NONBLOCK), 0);
    setting->log = tmpfile();
    assert_non_null(setting->log);
    setting->output.log_fd = fileno(setting->log);
    *state = setting;
    return 0;
}

static int end(void **state)
{
    struct setting *setting = *state;

    for (int i = 0; i < 2; i++) {
        (void)close(setting->reader[i]);
        if (i == WRITE_END || setting->relay.source >= 0)
            (void)close(setting->script[i]);
    }
    (void)fclose(setting->log);
    free(setting);
    return 0;
}

static void start(struct setting *setting, int64_t patience_ms)
{
    relay_init(&setting->relay, 1, setting->script[READ_END], setting->reader[WRITE_END],
               patience_ms);
}

static void script_writes(struct setting *setting, const char *text)
{
    assert_int_equal(write(setting->script[WRITE_END], text, strlen(text)), strlen(text));
}

static void assert_reader_got(struct setting *setting, const char *text)
{
    char got[256];
    ssize_t n = read(setting->reader[READ_END], got, sizeof(got) - 1);

    got[n < 0 ? 0 : n] = '\0';
    assert_string_equal(got, text);
}

/* Nothing more fits into the pipe to the reader. */
static void fill_reader(struct setting *setting)
{
    static const char block[65536];

    while (write(setting->reader[WRITE_END], block, sizeof(block)) > 0) {
    }
    assert_int_equal(errno, EAGAIN);
}

static void what_comes_is_logged_and_passed_on(void **state)
{
    struct setting *setting = *state;

    start(setting, 1000);
    script_writes(setting, "hello");
    relay_step(&setting->relay, &setting->output, 0);
    assert_reader_got(setting, "hello");
    assert_int_equal(setting->output.log_bytes, 5);
    assert_int_equal(relay_poll(&setting->relay).fd, setting->script[READ_END]);
    assert_int_equal(relay_deadline_ms(&setting->relay), INSTANT_NEVER);
}

static void the_cap_is_exact(void **state)
{
    struct setting *setting = *state;

    start(setting, 1000);
    setting->output.cap_bytes = 8;
    script_writes(setting, "12345");
    relay_step(&setting->relay, &setting->output, 0);
    script_writes(setting, "678");
    relay_step(&setting->relay, &setting->output, 0);
    assert_false(setting->output.over_cap); /* just full is not too much */
    script_writes(setting, "9");
    relay_step(&setting->relay, &setting->output, 0);
    assert_true(setting->output.over_cap);
    assert_int_equal(setting->output.log_bytes, 8);
    assert_reader_got(setting, "12345678");
}

static void one_write_over_the_cap_is_cut_there(void **state)
{
    struct setting *setting = *state;

    start(setting, 1000);
    setting->output.cap_bytes = 3;
    script_writes(setting, "12345");
    relay_step(&setting->relay, &setting->output, 0);
    assert_true(setting->output.over_cap);
    assert_int_equal(setting->output.log_bytes, 3);
    assert_reader_got(setting, "123");
}

static void a_stuck_reader_holds_the_script_up_until_patience_ends(void **state)
{
    struct setting *setting = *state;

    start(setting, 1000);
    fill_reader(setting);
    script_writes(setting, "first");
    relay_step(&setting->relay, &setting->output, 100);
    assert_int_equal(setting->output.log_bytes, 5); /* logged all the same */
    assert_int_equal(relay_poll(&setting->relay).fd, setting->reader[WRITE_END]);
    assert_int_equal(relay_deadline_ms(&setting->relay), 1100);
    relay_step(&setting->relay, &setting->output, 1099);
    assert_int_equal(setting->relay.lost_bytes, 0);
    relay_step(&setting->relay, &setting->output, 1100);
    assert_int_equal(setting->relay.lost_bytes, 5);
    script_writes(setting, "second"); /* from now on nothing is waited for */
    relay_step(&setting->relay, &setting->output, 1101);
    assert_int_equal(setting->output.log_bytes, 11);
    assert_int_equal(setting->relay.lost_bytes, 11);
    assert_int_equal(relay_poll(&setting->relay).fd, setting->script[READ_END]);
}

static void a_reader_that_reads_again_gets_the_rest(void **state)
{
    struct setting *setting = *state;
    static char drained[1 << 17];

    start(setting, 1000);
    fill_reader(setting);
    script_writes(setting, "lost");
    relay_step(&setting->relay, &setting->output, 0);
    relay_step(&setting->relay, &setting->output, 1000);
    assert_true(read(setting->reader[READ_END], drained, sizeof(drained)) > 0);
    script_writes(setting, "kept");
    relay_step(&setting->relay, &setting->output, 1001);
    assert_reader_got(setting, "kept");
    fill_reader(setting);
    script_writes(setting, "more");
    relay_step(&setting->relay, &setting->output, 2000);
    assert_int_equal(relay_deadline_ms(&setting->relay), 3000); /* patient again */
}

static void without_a_log_nothing_is_ever_dropped(void **state)
{
    struct setting *setting = *state;

    start(setting, INSTANT_NEVER);
    setting->output.log_fd = -1;
    fill_reader(setting);
    script_writes(setting, "text");
    relay_step(&setting->relay, &setting->output, 0);
    relay_step(&setting->relay, &setting->output, 1000000);
    assert_int_equal(setting->relay.lost_bytes, 0);
    assert_int_equal(relay_poll(&setting->relay).fd, setting->reader[WRITE_END]);
    assert_int_equal(relay_deadline_ms(&setting->relay), INSTANT_NEVER);
}

static void a_reader_that_is_gone_is_done_without(void **state)
{
    struct setting *setting = *state;

    (void)signal(SIGPIPE, SIG_IGN);
    start(setting, 1000);
    (void)close(setting->reader[READ_END]);
    script_writes(setting, "text");
    relay_step(&setting->relay, &setting->output, 0);
    assert_int_equal(setting->relay.lost_bytes, 4);
    script_writes(setting, "more");
    relay_step(&setting->relay, &setting->output, 0);
    assert_int_equal(setting->output.log_bytes, 8);
    assert_int_equal(relay_poll(&setting->relay).fd, setting->script[READ_END]);
    setting->reader[READ_END] = dup(setting->reader[WRITE_END]); /* for end() */
}

static void draining_stops_at_the_end_of_what_is_there(void **state)
{
    struct setting *setting = *state;

    start(setting, 1000);
    script_writes(setting, "rest"); /* and the write end stays open */
    relay_drain(&setting->relay, &setting->output, instant_monotonic_ms() + 60000);
    assert_int_equal(setting->output.log_bytes, 4);
    assert_reader_got(setting, "rest");
}

static void draining_into_a_stuck_reader_ends_at_the_deadline(void **state)
{
    struct setting *setting = *state;

    start(setting, INSTANT_NEVER);
    fill_reader(setting);
    script_writes(setting, "rest");
    relay_drain(&setting->relay, &setting->output, instant_monotonic_ms() + 20);
    assert_int_equal(setting->output.log_bytes, 4);
    assert_int_equal(setting->relay.lost_bytes, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_comes_is_logged_and_passed_on),
        TEST(the_cap_is_exact),
        TEST(one_write_over_the_cap_is_cut_there),
        TEST(a_stuck_reader_holds_the_script_up_until_patience_ends),
        TEST(a_reader_that_reads_again_gets_the_rest),
        TEST(without_a_log_nothing_is_ever_dropped),
        TEST(a_reader_that_is_gone_is_done_without),
        TEST(draining_stops_at_the_end_of_what_is_there),
        TEST(draining_into_a_stuck_reader_ends_at_the_deadline),
    };

    return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
