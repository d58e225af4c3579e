/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <exit_record.h>
#include <fcntl.h>
#include <init_spec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool parse(const char *text, struct init_exit *record)
{
    return init_exit_parse(text, strlen(text), record);
}

static void a_whole_record_is_read(void **state)
{
    struct init_exit record;

    (void)state;
    assert_true(parse("attempt=3\nwait_status=768\ncause=exited\noom_kills=2\nlog_bytes=10\n"
                      "log_lost_bytes=7\nlog_error=No space left on device\n"
                      "started_ms=1700000000000\nended_ms=1700000000001\n",
                      &record));
    assert_int_equal(record.attempt, 3);
    assert_int_equal(record.wait_status, 768);
    assert_string_equal(record.cause, "exited");
    assert_int_equal(record.oom_kills, 2);
    assert_int_equal(record.log_bytes, 10);
    assert_int_equal(record.log_lost_bytes, 7);
    assert_string_equal(record.log_error, "No space left on device");
    assert_int_equal(record.started_ms, 1700000000000);
    assert_int_equal(record.ended_ms, 1700000000001);
}

static void a_failed_start_has_a_sentence_and_no_status(void **state)
{
    struct init_exit record;

    (void)state;
    assert_true(
        parse("attempt=1\nwait_status=-1\ncause=start_failed\nerror=No \"x\": gone=1.\n", &record));
    assert_int_equal(record.wait_status, -1);
    assert_string_equal(record.error, "No \"x\": gone=1.");
}

static void unknown_keys_are_passed_over(void **state)
{
    struct init_exit record;

    (void)state;
    assert_true(parse("attempt=1\nwait_status=0\ncause=exited\nnew_in_2=yes\n", &record));
}

static void what_is_not_a_record_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "attempt=1\n",
        "attempt=1\nwait_status=0\n",
        "attempt=1\ncause=exited\n",
        "wait_status=0\ncause=exited\n",
        "attempt=1\nwait_status=0\ncause=exited", /* cut off */
        "attempt=1\nwait_status=0\ncause=exploded\n",
        "attempt=1\nwait_status=zero\ncause=exited\n",
        "attempt=1\nwait_status=99999999999\ncause=exited\n",
        "attempt=1\nwait_status=-1\ncause=exited\n",
        "attempt=1\nwait_status=0\ncause=start_failed\n",
        "attempt=0\nwait_status=0\ncause=exited\n",
        "attempt=-1\nwait_status=0\ncause=exited\n",
        "attempt=1\nwait_status=0\ncause=exited\nlog_bytes=-5\n",
        "attempt=1\nwait_status=0\ncause=exited\nnonsense\n",
        "attempt=1\nwait_status=0 \ncause=exited\n",
    };
    struct init_exit record;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (parse(texts[i], &record))
            fail_msg("accepted: \"%s\"", texts[i]);
    }
    assert_false(init_exit_parse("attempt=1\nwait_status=0\ncause=exited\0x\n", 41, &record));
}

static void texts_that_are_too_long_are_cut_or_refused(void **state)
{
    struct init_exit record;
    char text[2000], filler[600];

    (void)state;
    (void)memset(filler, 'x', sizeof(filler));
    filler[300] = '\0';
    (void)snprintf(text, sizeof(text), "attempt=1\nwait_status=-1\ncause=start_failed\nerror=%s\n",
                   filler);
    assert_true(parse(text, &record));
    assert_int_equal(strlen(record.error), sizeof(record.error) - 1);
    filler[300] = 'x';
    filler[599] = '\0';
    (void)snprintf(text, sizeof(text), "attempt=1\nwait_status=-1\ncause=start_failed\nerror=%s\n",
                   filler);
    assert_false(parse(text, &record));
}

/* Whatever bytes a script leaves there: no crash, no read past the end. */
static void random_bytes_are_survived(void **state)
{
    static const char alphabet[] = "attemp=1w_suc0x\n\n=exid-9";
    struct init_exit record;
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 100000; round++) {
        size_t length = (size_t)(rand_r(&seed) % 100);
        char *text = malloc(length + 1); /* just as long, so that the sanitizer sees more */

        assert_non_null(text);
        for (size_t i = 0; i < length; i++)
            text[i] = alphabet[(size_t)rand_r(&seed) % sizeof(alphabet)];
        (void)init_exit_parse(text, length, &record);
        free(text);
    }
}

static void write_record(const char *dir, const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/exit", dir);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void reading_tells_missing_from_damaged(void **state)
{
    char dir[] = "/tmp/maps-test-XXXXXX", path[64];
    struct init_exit record;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/exit", dir);
    assert_int_equal(init_exit_read(dir, &record), -ENOENT);
    write_record(dir, "attempt=1\nwait_status=9\ncause=timeout\n");
    assert_int_equal(init_exit_read(dir, &record), 0);
    assert_int_equal(record.wait_status, 9);
    write_record(dir, "rubbish");
    assert_int_equal(init_exit_read(dir, &record), -EBADMSG);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(init_exit_read(dir, &record), -EBADMSG);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(init_exit_read(dir, &record), -EBADMSG);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

/* What an engine says about a container must be what maps-init wrote down, or one of both lies. */
static void the_exit_code_is_the_one_that_maps_init_ends_with(void **state)
{
    static const struct exit_record records[] = {
        { .attempt = 1, .cause = CAUSE_EXITED, .wait_status = 0 },
        { .attempt = 1, .cause = CAUSE_EXITED, .wait_status = 255 << 8 },
        { .attempt = 1, .cause = CAUSE_EXITED, .wait_status = 11 },
        { .attempt = 1, .cause = CAUSE_EXITED, .wait_status = 11 | 0x80 /* with a core */ },
        { .attempt = 1, .cause = CAUSE_TIMEOUT, .wait_status = 9 },
        { .attempt = 1, .cause = CAUSE_OUTPUT_LIMIT, .wait_status = 9 },
        { .attempt = 1, .cause = CAUSE_TERMINATED, .wait_status = 15 },
        { .attempt = 1, .cause = CAUSE_START_FAILED, .wait_status = -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        char text[EXIT_RECORD_BYTES];
        struct init_exit record;

        assert_true(init_exit_parse(text, exit_record_format(&records[i], text), &record));
        assert_int_equal(init_exit_code(&record), exit_record_exit_code(&records[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_record_is_read),
        cmocka_unit_test(a_failed_start_has_a_sentence_and_no_status),
        cmocka_unit_test(unknown_keys_are_passed_over),
        cmocka_unit_test(what_is_not_a_record_is_refused),
        cmocka_unit_test(texts_that_are_too_long_are_cut_or_refused),
        cmocka_unit_test(random_bytes_are_survived),
        cmocka_unit_test(the_exit_code_is_the_one_that_maps_init_ends_with),
        cmocka_unit_test(reading_tells_missing_from_damaged),
    };

    return cmocka_run_group_tests_name("init_exit", tests, NULL, NULL);
}
