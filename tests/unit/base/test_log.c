/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log_text.h"
#include "base/utf8.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Stderr goes into a file in memory while a test runs. */
struct capture {
    int file, stderr_before;
};

static int begin(void **state)
{
    static struct capture capture;

    capture.file = memfd_create("log", MFD_CLOEXEC);
    if (fcntl(capture.file, F_SETFL, O_APPEND) != 0)
        return 1;
    capture.stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    *state = &capture;
    return dup2(capture.file, STDERR_FILENO) < 0;
}

static int end(void **state)
{
    const struct capture *capture = *state;

    log_set_level(LOG_LEVEL_INFO);
    log_set_format(LOG_FORMAT_LOGFMT);
    (void)unsetenv("JOURNAL_STREAM");
    log_find_journal();
    (void)dup2(capture->stderr_before, STDERR_FILENO);
    (void)close(capture->stderr_before);
    return close(capture->file);
}

/* What was logged so far; caller frees. */
static char *logged(const struct capture *capture)
{
    off_t length = lseek(capture->file, 0, SEEK_END);
    char *text = calloc(1, (size_t)length + 1);

    assert_int_equal(pread(capture->file, text, (size_t)length, 0), length);
    return text;
}

static void assert_logged(const struct capture *capture, const char *words)
{
    char *text = logged(capture);

    if (strstr(text, words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, text);
    free(text);
}

static void a_line_names_level_job_and_plugin(void **state)
{
    log_line(LOG_LEVEL_WARNING, "job-1", "sandbox", "took %d ms", 5);
    assert_logged(*state, " level=warning job=job-1 plugin=sandbox msg=\"took 5 ms\"\n");
    log_error("alone");
    assert_logged(*state, " level=error msg=\"alone\"\n");
    char *text = logged(*state);
    assert_int_equal(strncmp(text, "time=20", 7), 0);
    free(text);
}

static void less_important_lines_are_left_out(void **state)
{
    log_debug("unseen");
    log_set_level(LOG_LEVEL_ERROR);
    log_warning("unseen");
    char *text = logged(*state);
    assert_string_equal(text, "");
    free(text);
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("seen");
    assert_logged(*state, "level=debug msg=\"seen\"");
}

static void a_message_cannot_forge_another_line(void **state)
{
    log_info("%s", "a\"b\\c\nlevel=error\r\x1b[31m");
    assert_logged(*state, "msg=\"a\\\"b\\\\c\\nlevel=error\\r\\u001b[31m\"\n");
}

static void a_very_long_message_is_cut_with_a_mark(void **state)
{
    static char filler[100000];

    memset(filler, '"', sizeof(filler) - 1);
    for (int format = LOG_FORMAT_LOGFMT; format <= LOG_FORMAT_JSON; format++) {
        log_set_format((enum log_format)format);
        log_line(LOG_LEVEL_INFO, filler, filler, "%s", filler);
        char *text = logged(*state);
        char *line = format == LOG_FORMAT_LOGFMT ? text : strchr(text, '\n') + 1;
        assert_true(strlen(line) <= 4096);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
        assert_non_null(
            strstr(line, format == LOG_FORMAT_LOGFMT ? "... [cut]\"\n" : "... [cut]\"}\n"));
        free(text);
    }
}

static void a_message_that_just_fits_is_not_cut(void **state)
{
    static char filler[3072];

    memset(filler, 'x', sizeof(filler) - 1);
    log_info("%s", filler);
    assert_logged(*state, "xxx\"\n");
    log_info("%s.", filler);
    assert_logged(*state, "xxx... [cut]\"\n");
}

static void what_a_line_is_about_comes_before_its_message(void **state)
{
    const struct log_field fields[] = { { .name = "status", .text = "error" },
                                        { .name = "exit_code", .number = -3 },
                                        { .name = "words", .text = "two = words" },
                                        { .name = "nothing", .text = "" },
                                        { 0 } };
    const struct log_subject subject = {
        .job = "job-1", .plugin = "docker", .phase = "run", .event = "finished", .fields = fields
    };

    log_about(LOG_LEVEL_INFO, &subject, "it is %s", "over");
    assert_logged(*state, " level=info job=job-1 plugin=docker phase=run event=finished "
                          "status=error exit_code=-3 words=\"two = words\" nothing=\"\" "
                          "msg=\"it is over\"\n");
    log_set_format(LOG_FORMAT_JSON);
    log_about(LOG_LEVEL_INFO, &subject, "it is %s", "over");
    assert_logged(*state, "\"level\":\"info\",\"job\":\"job-1\",\"plugin\":\"docker\","
                          "\"phase\":\"run\",\"event\":\"finished\",\"status\":\"error\","
                          "\"exit_code\":-3,\"words\":\"two = words\",\"nothing\":\"\","
                          "\"msg\":\"it is over\"}\n");
}

static void names_that_are_no_setting_change_nothing(void **state)
{
    log_configure("debug", "json");
    log_configure("loud", "xml");
    log_debug("seen");
    assert_logged(*state, "\"level\":\"debug\",\"msg\":\"seen\"}\n");
}

/* The one JSON object that a text is; NULL: it is none. */
static cJSON *parse_line(const char *text)
{
    const char *end = NULL;
    cJSON *object = cJSON_ParseWithOpts(text, &end, false);

    if (object == NULL || strcmp(end, "\n") != 0 || !utf8_valid(text)) {
        cJSON_Delete(object);
        return NULL;
    }
    return object;
}

static void assert_json_message(const char *message, const char *expected)
{
    struct log_text text;
    char line[LOG_TEXT_BYTES + 1];

    log_text_begin(&text, LOG_FORMAT_JSON, "");
    log_text_pair(&text, "job", message);
    log_text_message(&text, message, false);
    log_text_end(&text);
    (void)snprintf(line, sizeof(line), "%.*s", (int)text.used, text.bytes);
    cJSON *object = parse_line(line);
    if (object == NULL)
        fail_msg("not JSON: %s", line);
    if (expected != NULL)
        assert_string_equal(cJSON_GetObjectItem(object, "msg")->valuestring, expected);
    cJSON_Delete(object);
}

static void every_byte_makes_a_valid_json_line(void **state)
{
    (void)state;
    assert_json_message("caf\xc3\xa9 \xf0\x9f\x90\x8d", "caf\xc3\xa9 \xf0\x9f\x90\x8d");
    assert_json_message("\"\\\n\r\t\x01\x7f\xc2\x9b", "\"\\\n\r\t\x01\x7f\xc2\x9b");
    assert_json_message("\xff-\xc3-\xed\xa0\x80", "\xef\xbf\xbd-\xef\xbf\xbd-\xef\xbf\xbd\xef\xbf"
                                                  "\xbd\xef\xbf\xbd");
    assert_json_message("cut off: \xf0\x9f", "cut off: \xef\xbf\xbd\xef\xbf\xbd");
    for (unsigned first = 1; first < 256; first++) {
        for (unsigned second = 1; second < 256; second++) {
            const char bytes[] = { 'a', (char)first, (char)second, '\0' };

            assert_json_message(bytes, NULL);
        }
    }
}

/* Random bytes, long enough to be cut at all places of an escape or a character. */
static void a_cut_leaves_no_half_character_or_escape(void **state)
{
    static const char pieces[][5] = { "\"", "\x01", "\xc3\xa9", "\xf0\x9f\x90\x8d", "x", "\xff" };
    char message[LOG_TEXT_BYTES + 64];
    unsigned random = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        size_t used = 0;

        while (used < sizeof(message) - 8) {
            random = random * 1103515245u + 12345u;
            const char *piece = pieces[(random >> 16) % (sizeof(pieces) / sizeof(pieces[0]))];
            memcpy(message + used, piece, strlen(piece));
            used += strlen(piece);
        }
        message[used] = '\0';
        assert_json_message(message, NULL);
    }
}

static void the_longest_of_everything_fits(void **state)
{
    static char filler[10000];
    struct log_field fields[LOG_FIELDS_MAX];
    struct log_subject subject = { filler, filler, filler, filler, fields };

    memset(filler, '\x01', sizeof(filler) - 1);
    for (int i = 0; i < LOG_FIELDS_MAX; i++)
        fields[i] = (struct log_field){ .name = "a_name_far_too_long_for_a_field", .text = filler };
    log_set_format(LOG_FORMAT_JSON);
    log_about(LOG_LEVEL_INFO, &subject, "%s", filler);
    char *text = logged(*state);
    cJSON *object = parse_line(text);
    assert_non_null(object);
    assert_true(strlen(text) <= LOG_TEXT_BYTES);
    cJSON_Delete(object);
    free(text);
}

static void the_journal_gets_the_priority_and_no_time(void **state)
{
    struct stat status;
    char stream[64];

    assert_int_equal(fstat(STDERR_FILENO, &status), 0);
    (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev,
                   (uintmax_t)status.st_ino);
    assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
    log_find_journal();
    log_set_level(LOG_LEVEL_DEBUG);
    log_error("1");
    log_warning("2");
    log_info("3");
    log_set_format(LOG_FORMAT_JSON);
    log_debug("4");
    char *text = logged(*state);
    assert_string_equal(text, "<3>level=error msg=\"1\"\n<4>level=warning msg=\"2\"\n"
                              "<6>level=info msg=\"3\"\n<7>{\"level\":\"debug\",\"msg\":\"4\"}\n");
    free(text);
}

static void another_file_is_not_taken_for_the_journal(void **state)
{
    assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
    log_find_journal();
    log_info("plain");
    char *text = logged(*state);
    assert_int_equal(strncmp(text, "time=20", 7), 0);
    free(text);
}

enum { THREADS = 4, LINES = 200 };

static void *log_many(void *argument)
{
    for (int i = 0; i < LINES; i++)
        log_info("thread %s says %d", (const char *)argument, i);
    return NULL;
}

static void lines_of_many_threads_are_never_mixed(void **state)
{
    static char names[THREADS][2] = { "a", "b", "c", "d" };
    pthread_t threads[THREADS];
    size_t count = 0;

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, names[i]), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    char *text = logged(*state), *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; count++) {
        char name;
        int number, used = 0;
        const char *message = strstr(line, " level=info msg=\"thread ");

        assert_non_null(message);
        assert_int_equal(
            sscanf(message, " level=info msg=\"thread %c says %d\"%n", &name, &number, &used), 2);
        assert_int_equal(message[used], '\0');
    }
    assert_int_equal(count, THREADS * LINES);
    free(text);
}

int main(void)
{
#define LOG_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, begin, end)
    const struct CMUnitTest tests[] = {
        LOG_TEST(a_line_names_level_job_and_plugin),
        LOG_TEST(less_important_lines_are_left_out),
        LOG_TEST(a_message_cannot_forge_another_line),
        LOG_TEST(a_very_long_message_is_cut_with_a_mark),
        LOG_TEST(a_message_that_just_fits_is_not_cut),
        LOG_TEST(what_a_line_is_about_comes_before_its_message),
        LOG_TEST(names_that_are_no_setting_change_nothing),
        LOG_TEST(every_byte_makes_a_valid_json_line),
        LOG_TEST(a_cut_leaves_no_half_character_or_escape),
        LOG_TEST(the_longest_of_everything_fits),
        LOG_TEST(the_journal_gets_the_priority_and_no_time),
        LOG_TEST(another_file_is_not_taken_for_the_journal),
        LOG_TEST(lines_of_many_threads_are_never_mixed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
