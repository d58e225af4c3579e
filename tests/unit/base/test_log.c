/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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
    assert_logged(*state, "msg=\"a\\\"b\\\\c\\nlevel=error  [31m\"\n");
}

static void a_very_long_message_stays_one_line(void **state)
{
    static char filler[100000];

    memset(filler, '"', sizeof(filler) - 1);
    log_line(LOG_LEVEL_INFO, filler, filler, "%s", filler);
    char *text = logged(*state);
    assert_true(strlen(text) <= 4096);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
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
        LOG_TEST(a_very_long_message_stays_one_line),
        LOG_TEST(lines_of_many_threads_are_never_mixed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
