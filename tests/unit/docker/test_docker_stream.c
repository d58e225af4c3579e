/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <stream.h>
#include <string.h>

/* What was taken, per stream and in order of arrival. */
struct taken {
    struct docker_stream stream;
    char text[2][256];
    char order[256]; /* which stream each byte came from */
    int fails;
};

static int take(void *context, int number, uint64_t offset, const void *bytes, size_t length)
{
    struct taken *taken = context;
    char *text = taken->text[number - 1];

    assert_true(number == 1 || number == 2);
    assert_true(length > 0);
    assert_int_equal(offset, strlen(text));
    (void)strncat(text, bytes, length);
    (void)memset(taken->order + strlen(taken->order), '0' + number, length);
    return taken->fails;
}

static struct taken begin(void)
{
    return (struct taken){ .stream = { .take = take } };
}

/* Fed from a block of just that length, so that a sanitizer sees a read past its end. */
static int feed(struct taken *taken, const char *bytes, size_t length)
{
    char *block = malloc(length);
    int rc;

    assert_true(block != NULL || length == 0);
    if (length > 0)
        memcpy(block, bytes, length);
    taken->stream.context = taken;
    rc = docker_stream_feed(&taken->stream, block, length);
    free(block);
    return rc;
}

static const char sample[] = "\1\0\0\0\0\0\0\5first"
                             "\2\0\0\0\0\0\0\3err"
                             "\1\0\0\0\0\0\0\0"
                             "\2\0\0\0\0\0\0\0"
                             "\1\0\0\0\0\0\0\6second"
                             "\2\0\0\0\0\0\0\1.";
enum { SAMPLE = sizeof(sample) - 1 };

static void assert_sample(const struct taken *taken)
{
    assert_int_equal(docker_stream_end(&taken->stream), 0);
    assert_string_equal(taken->text[0], "firstsecond");
    assert_string_equal(taken->text[1], "err.");
    assert_string_equal(taken->order, "111112221111112");
}

static void a_stream_may_be_split_anywhere(void **state)
{
    (void)state;
    for (size_t first = 0; first <= SAMPLE; first++) {
        for (size_t second = first; second <= SAMPLE; second++) {
            struct taken taken = begin();

            assert_int_equal(feed(&taken, sample, first), 0);
            assert_int_equal(feed(&taken, sample + first, second - first), 0);
            assert_int_equal(feed(&taken, sample + second, SAMPLE - second), 0);
            assert_sample(&taken);
        }
    }
}

static void a_stream_may_come_byte_by_byte(void **state)
{
    struct taken taken = begin();

    (void)state;
    for (size_t i = 0; i < SAMPLE; i++)
        assert_int_equal(feed(&taken, sample + i, 1), 0);
    assert_sample(&taken);
}

static void lengths_are_big_endian(void **state)
{
    struct taken taken = begin();

    (void)state;
    assert_int_equal(feed(&taken, "\1\0\0\0\x12\x34\x56\x78", 8), 0);
    assert_int_equal(taken.stream.left, 0x12345678);
    assert_int_equal(feed(&taken, "x", 1), 0);
    assert_int_equal(taken.stream.left, 0x12345677);
}

static void a_stream_that_ends_within_a_frame_is_cut_off(void **state)
{
    (void)state;
    for (size_t length = 0; length <= 24; length++) {
        struct taken taken = begin();
        int expected = length == 0 || length == 13 || length == 24 ? 0 : -EBADMSG;

        assert_int_equal(feed(&taken, sample, length), 0);
        assert_int_equal(docker_stream_end(&taken.stream), expected);
    }
}

static void what_is_no_frame_is_refused(void **state)
{
    static const char *const headers[] = {
        "\0\0\0\0\0\0\0\1", "\4\0\0\0\0\0\0\1",   "\1\1\0\0\0\0\0\1",    "\1\0\1\0\0\0\0\1",
        "\1\0\0\1\0\0\0\1", "\xff\0\0\0\0\0\0\1", "plain text of a TTY",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct taken taken = begin();

        assert_int_equal(feed(&taken, headers[i], 8), -EBADMSG);
        taken = begin();
        assert_int_equal(feed(&taken, sample, SAMPLE), 0);
        assert_int_equal(feed(&taken, headers[i], 8), -EBADMSG);
        assert_string_equal(taken.text[0], "firstsecond");
    }
}

static void the_taker_can_break_off(void **state)
{
    struct taken taken = begin();

    (void)state;
    taken.fails = -ENOSPC;
    assert_int_equal(feed(&taken, sample, SAMPLE), -ENOSPC);
    assert_string_equal(taken.text[0], "first");
    assert_string_equal(taken.text[1], "");
}

static void an_error_of_the_engine_is_no_output(void **state)
{
    static const char error[] = "\3\0\0\0\0\0\0\x0egrabbing logs\n";
    struct taken taken = begin();

    (void)state;
    assert_int_equal(feed(&taken, sample, SAMPLE), 0);
    assert_int_equal(feed(&taken, error, 12), 0);
    assert_int_equal(feed(&taken, error + 12, sizeof(error) - 1 - 12), -EIO);
    assert_int_equal(docker_stream_end(&taken.stream), -EIO);
    assert_string_equal(taken.stream.engine_says, "grabbing logs\n");
    assert_string_equal(taken.text[0], "firstsecond");
}

static void a_long_error_of_the_engine_is_cut(void **state)
{
    char error[8 + 1000] = "\3\0\0\0\0\0\3\xe8";
    struct taken taken = begin();

    (void)state;
    (void)memset(error + 8, 'e', 1000);
    assert_int_equal(feed(&taken, error, 500), 0);
    assert_int_equal(feed(&taken, error + 500, sizeof(error) - 500), -EIO);
    assert_int_equal(strlen(taken.stream.engine_says), sizeof(taken.stream.engine_says) - 1);
}

static void a_stream_goes_on_at_the_offsets_it_is_given(void **state)
{
    struct taken taken = begin();

    (void)state;
    taken.stream.offsets[0] = 3;
    (void)strcpy(taken.text[0], "was");
    assert_int_equal(feed(&taken, sample, SAMPLE), 0);
    assert_string_equal(taken.text[0], "wasfirstsecond");
    assert_int_equal(taken.stream.offsets[0], 14);
    assert_int_equal(taken.stream.offsets[1], 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_may_be_split_anywhere),
        cmocka_unit_test(a_stream_may_come_byte_by_byte),
        cmocka_unit_test(lengths_are_big_endian),
        cmocka_unit_test(a_stream_that_ends_within_a_frame_is_cut_off),
        cmocka_unit_test(what_is_no_frame_is_refused),
        cmocka_unit_test(the_taker_can_break_off),
        cmocka_unit_test(an_error_of_the_engine_is_no_output),
        cmocka_unit_test(a_long_error_of_the_engine_is_cut),
        cmocka_unit_test(a_stream_goes_on_at_the_offsets_it_is_given),
    };

    return cmocka_run_group_tests_name("docker_stream", tests, NULL, NULL);
}
