/* SPDX-License-Identifier: Apache-2.0 */
#include "log_file.h"

static void a_missing_file_reads_as_empty_until_it_is_there(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

    assert_reads(reader, "");
    assert_false(log_reader_damaged(reader));
    log_file_append(file, 1, "first");
    assert_reads(reader, "first");
    assert_reads(reader, "");
    log_file_append(file, 2, "second");
    assert_reads(reader, "second");
    assert_int_equal(log_reader_stream(reader), 2);
    assert_int_equal(log_reader_offset(reader), 5);
    log_reader_close(reader);
}

static void streams_are_read_together_in_order_or_apart(void **state)
{
    struct log_file *file = *state;
    static const struct {
        unsigned streams;
        const char *text;
    } views[] = { { LOG_ALL, "o1e1e2o2c" }, { LOG_STDOUT, "o1o2" }, { LOG_STDERR, "e1e2" } };

    log_file_append(file, 1, "o1");
    log_file_append(file, 2, "e1");
    log_file_append(file, 2, "e2");
    log_file_append(file, 1, "o2");
    log_file_append(file, 3, "c");
    for (size_t i = 0; i < 3; i++) {
        struct log_reader *reader = log_file_reader(file, views[i].streams, 0);

        assert_reads(reader, views[i].text);
        log_reader_close(reader);
    }
}

static void a_separate_read_never_mixes_streams(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

    log_file_append(file, 1, "a");
    log_file_append(file, 1, "b");
    log_file_append(file, 2, "c");
    log_file_append(file, 1, "d");
    log_reader_separate(reader, true);
    assert_reads(reader, "ab");
    assert_int_equal(log_reader_stream(reader), 1);
    assert_int_equal(log_reader_offset(reader), 0);
    assert_reads(reader, "c");
    assert_int_equal(log_reader_stream(reader), 2);
    assert_int_equal(log_reader_offset(reader), 2);
    assert_reads(reader, "d");
    assert_int_equal(log_reader_offset(reader), 3);
    log_reader_close(reader);
}

static void every_offset_gives_the_rest_of_the_text(void **state)
{
    struct log_file *file = *state;
    const char *text = "0123456789";

    log_file_append(file, 1, "0123");
    log_file_append(file, 2, "xx");
    log_file_append(file, 1, "4");
    log_file_append(file, 1, "56789");
    for (size_t offset = 0; offset <= strlen(text); offset++) {
        struct log_reader *reader = log_file_reader(file, LOG_STDOUT, offset);

        assert_reads(reader, text + offset);
        assert_int_equal(log_reader_offset(reader), offset);
        log_reader_close(reader);
    }
}

static void an_offset_beyond_the_end_waits_for_its_text(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 5);

    log_file_append(file, 1, "0123");
    assert_reads(reader, "");
    log_file_append(file, 1, "456");
    assert_reads(reader, "56");
    assert_int_equal(log_reader_offset(reader), 5);
    log_reader_close(reader);
}

static void small_buffers_lose_nothing(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);
    char text[16] = "", piece[3];
    size_t length = 0;
    ssize_t n;

    log_file_append(file, 1, "abcde");
    log_file_append(file, 2, "fg");
    while ((n = log_reader_read(reader, piece, sizeof(piece))) > 0) {
        memcpy(text + length, piece, (size_t)n);
        length += (size_t)n;
    }
    assert_int_equal(n, 0);
    assert_string_equal(text, "abcdefg");
    log_reader_close(reader);
}

/* The file grows by single bytes: a frame is delivered when it is whole, never before. */
static void a_frame_that_is_being_written_is_waited_for(void **state)
{
    struct log_file *file = *state;
    struct log_file whole = *file;
    char bytes[128];

    log_file_append(&whole, 1, "hello");
    log_file_append(&whole, 2, "world");
    ssize_t length = pread(whole.fd, bytes, sizeof(bytes), 0);
    assert_int_equal(length, 2 * 21);
    assert_int_equal(ftruncate(whole.fd, 0), 0);
    file->fd = whole.fd;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

    for (ssize_t i = 0; i < length; i++) {
        assert_reads(reader, "");
        assert_int_equal(log_reader_incomplete(reader), i % 21 != 0);
        log_file_raw(file, bytes + i, 1);
        if (i == 20)
            assert_reads(reader, "hello");
    }
    assert_reads(reader, "world");
    assert_false(log_reader_incomplete(reader));
    assert_false(log_reader_damaged(reader));
    log_reader_close(reader);
}

/* As maps-init does when the disk is full and then has room again. */
static void a_torn_frame_that_is_taken_back_leaves_no_trace(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);
    char bytes[64];

    log_file_append(file, 1, "one");
    off_t before = lseek(file->fd, 0, SEEK_END);
    log_file_append(file, 1, "two is torn");
    ssize_t n = pread(file->fd, bytes, sizeof(bytes), before);
    assert_true(n > 20);
    assert_int_equal(ftruncate(file->fd, before + 20), 0);
    assert_reads(reader, "one");
    assert_reads(reader, "");
    assert_true(log_reader_incomplete(reader));
    assert_int_equal(ftruncate(file->fd, before), 0);
    log_file_append(file, 2, "three");
    assert_reads(reader, "three");
    assert_false(log_reader_damaged(reader));
    log_reader_close(reader);
}

static void large_writes_become_several_frames(void **state)
{
    struct log_file *file = *state;
    size_t size = 200000, length = 0;
    bool truncated = true;
    char *text = malloc(size), *read = NULL;

    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 23);
    log_file_create(file);
    assert_int_equal(log_append(file->fd, 1, text, size), 0);
    assert_int_equal(lseek(file->fd, 0, SEEK_END), size + 4 * 16);
    assert_null(log_read_all(file->path, LOG_ALL, size, &read, &length, &truncated));
    assert_int_equal(length, size);
    assert_memory_equal(read, text, size);
    assert_false(truncated);
    free(read);
    free(text);
}

static void the_whole_text_is_cut_at_the_limit_and_says_so(void **state)
{
    struct log_file *file = *state;
    size_t length;
    bool truncated;
    char *text = NULL;

    log_file_append(file, 1, "0123456789");
    assert_null(log_read_all(file->path, LOG_ALL, 4, &text, &length, &truncated));
    assert_string_equal(text, "0123");
    assert_int_equal(length, 4);
    assert_true(truncated);
    free(text);
    assert_null(log_read_all(file->path, LOG_ALL, 0, &text, &length, &truncated));
    assert_string_equal(text, "");
    assert_true(truncated);
    free(text);
    assert_null(log_read_all(file->path, LOG_STDERR, 4, &text, &length, &truncated));
    assert_string_equal(text, "");
    assert_false(truncated);
    free(text);
}

static void a_failing_append_says_why(void **state)
{
    struct log_file *file = *state;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)file;
    assert_true(full >= 0);
    assert_int_equal(log_append(full, 1, "x", 1), -ENOSPC);
    (void)close(full);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, log_file_begin, log_file_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_missing_file_reads_as_empty_until_it_is_there),
        TEST(streams_are_read_together_in_order_or_apart),
        TEST(a_separate_read_never_mixes_streams),
        TEST(every_offset_gives_the_rest_of_the_text),
        TEST(an_offset_beyond_the_end_waits_for_its_text),
        TEST(small_buffers_lose_nothing),
        TEST(a_frame_that_is_being_written_is_waited_for),
        TEST(a_torn_frame_that_is_taken_back_leaves_no_trace),
        TEST(large_writes_become_several_frames),
        TEST(the_whole_text_is_cut_at_the_limit_and_says_so),
        TEST(a_failing_append_says_why),
    };

    return cmocka_run_group_tests_name("log_reader", tests, NULL, NULL);
}
