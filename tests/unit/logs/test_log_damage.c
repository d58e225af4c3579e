/* SPDX-License-Identifier: Apache-2.0 */
/* A script may do to its log file what it likes; the reader must not suffer. */
#include "log_file.h"

#include <frame.h>
#include <sys/stat.h>

static void reading_goes_on_at_the_next_frame_after_rubbish(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

    log_file_append(file, 1, "before ");
    log_file_raw(file, "MMMM rubbish with many Ms: MMMMMMMMMMMMMMMMMMMMMMMM", 50);
    log_file_append(file, 1, "after");
    assert_reads(reader, "before after");
    assert_true(log_reader_damaged(reader));
    log_reader_close(reader);
}

static void rubbish_at_the_end_is_waited_out(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

    log_file_raw(file, "this is no frame at all, but long enough for one", 48);
    assert_reads(reader, "");
    assert_true(log_reader_damaged(reader));
    log_file_append(file, 2, "now");
    assert_reads(reader, "now");
    log_reader_close(reader);
}

static void a_log_that_was_emptied_goes_on_with_what_comes_next(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

    log_file_append(file, 1, "old text that is there for a while");
    assert_reads(reader, "old text that is there for a while");
    assert_int_equal(ftruncate(file->fd, 0), 0);
    assert_reads(reader, "");
    assert_true(log_reader_damaged(reader));
    log_file_append(file, 1, "new");
    assert_reads(reader, "new");
    log_reader_close(reader);
}

static void a_log_cut_inside_the_frame_being_read_is_damage(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);
    char piece[4];

    log_file_append(file, 1, "0123456789");
    assert_int_equal(log_reader_read(reader, piece, sizeof(piece)), 4);
    assert_int_equal(ftruncate(file->fd, 22), 0);
    assert_reads(reader, "");
    assert_true(log_reader_damaged(reader));
    log_reader_close(reader);
}

static void what_is_no_regular_file_reads_as_damaged_and_empty(void **state)
{
    struct log_file *file = *state;

    for (int kind = 0; kind < 3; kind++) {
        if (kind == 0)
            assert_int_equal(symlink("/etc/passwd", file->path), 0);
        else if (kind == 1)
            assert_int_equal(mkfifo(file->path, 0600), 0);
        else
            assert_int_equal(mkdir(file->path, 0700), 0);
        struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

        assert_reads(reader, "");
        assert_true(log_reader_damaged(reader));
        log_reader_close(reader);
        assert_int_equal(kind == 2 ? rmdir(file->path) : unlink(file->path), 0);
    }
}

/* A terabyte of holes must not keep the host busy. */
static void nobody_searches_a_huge_hole(void **state)
{
    struct log_file *file = *state;
    struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

    log_file_append(file, 1, "start");
    assert_int_equal(ftruncate(file->fd, (off_t)1 << 40), 0);
    assert_reads(reader, "start");
    assert_reads(reader, "");
    assert_true(log_reader_damaged(reader));
    log_reader_close(reader);
}

static void a_frame_says_what_a_frame_can_be(void **state)
{
    struct maps_frame good = { .magic = MAPS_FRAME_MAGIC, .stream = 1, .length = 1 };
    struct maps_frame bad;

    (void)state;
    good.check = maps_frame_check(&good);
    assert_true(frame_plausible(&good));
    bad = good;
    bad.magic ^= 1;
    assert_false(frame_plausible(&bad));
    bad = good;
    bad.time_us++;
    assert_false(frame_plausible(&bad));
    bad = good;
    bad.stream = 4;
    bad.check = maps_frame_check(&bad);
    assert_false(frame_plausible(&bad));
    bad = good;
    bad.length = 0;
    bad.check = maps_frame_check(&bad);
    assert_false(frame_plausible(&bad));
    bad.length = MAPS_FRAME_MAX_BYTES + 1;
    bad.check = maps_frame_check(&bad);
    assert_false(frame_plausible(&bad));
}

/* ---- random damage ---- */

enum { ROUNDS = 3000, FRAMES = 40, MAX_READS = 10000 };

static void damage(struct log_file *file, unsigned *seed)
{
    char bytes[64];
    off_t size = lseek(file->fd, 0, SEEK_END);
    size_t length = (size_t)rand_r(seed) % sizeof(bytes);

    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)rand_r(seed);
    switch (rand_r(seed) % 4) {
    case 0:
        assert_int_equal(ftruncate(file->fd, rand_r(seed) % (size + 1)), 0);
        break;
    case 1:
        assert_int_equal(ftruncate(file->fd, size + rand_r(seed) % 5000), 0);
        break;
    case 2:
        log_file_raw(file, bytes, length);
        break;
    default: { /* somewhere in the middle; the other descriptor only appends */
        int fd = open(file->path, O_WRONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, bytes, length, rand_r(seed) % (size + 1)), length);
        (void)close(fd);
    }
    }
}

/* Reads to the end; fails if there is none. */
static void read_to_end(struct log_reader *reader)
{
    char piece[700];
    ssize_t n;
    int reads = 0;

    while ((n = log_reader_read(reader, piece, sizeof(piece))) > 0)
        assert_true(++reads < MAX_READS);
    assert_int_equal(n, 0);
}

static void no_damage_crashes_or_stalls_the_reader(void **state)
{
    struct log_file *file = *state;
    unsigned seed = 7;

    for (int round = 0; round < ROUNDS; round++) {
        log_file_create(file);
        struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

        for (int i = 0; i < FRAMES; i++) {
            char text[400];

            (void)memset(text, 'x', sizeof(text));
            text[(size_t)rand_r(&seed) % (sizeof(text) - 1) + 1] = '\0';
            log_file_append(file, 1 + rand_r(&seed) % 2, text);
            if (rand_r(&seed) % 10 == 0)
                damage(file, &seed);
            if (rand_r(&seed) % 4 == 0)
                read_to_end(reader);
        }
        read_to_end(reader);
        log_reader_close(reader);
        reader = log_file_reader(file, LOG_STDERR, 100);
        read_to_end(reader);
        log_reader_close(reader);
        (void)close(file->fd);
        (void)unlink(file->path);
        file->fd = -1;
    }
}

/* Undamaged frames behind the damage are all found again. */
static void frames_behind_the_damage_are_whole(void **state)
{
    struct log_file *file = *state;
    unsigned seed = 11;

    for (int round = 0; round < ROUNDS; round++) {
        char rubbish[256], text[32];
        size_t length = (size_t)rand_r(&seed) % sizeof(rubbish) + 1;
        struct log_reader *reader = log_file_reader(file, LOG_ALL, 0);

        for (size_t i = 0; i < length; i++)
            rubbish[i] = (char)(rand_r(&seed) % 3 == 0 ? MAPS_FRAME_MAGIC : rand_r(&seed));
        log_file_raw(file, rubbish, length);
        log_file_append(file, 2, "tail");
        ssize_t n = log_reader_read(reader, text, sizeof(text) - 1);
        assert_true(n >= 0);
        text[n] = '\0';
        assert_string_equal(text, "tail");
        assert_true(log_reader_damaged(reader));
        log_reader_close(reader);
        assert_int_equal(ftruncate(file->fd, 0), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, log_file_begin, log_file_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reading_goes_on_at_the_next_frame_after_rubbish),
        TEST(rubbish_at_the_end_is_waited_out),
        TEST(a_log_that_was_emptied_goes_on_with_what_comes_next),
        TEST(a_log_cut_inside_the_frame_being_read_is_damage),
        TEST(what_is_no_regular_file_reads_as_damaged_and_empty),
        TEST(nobody_searches_a_huge_hole),
        TEST(a_frame_says_what_a_frame_can_be),
        TEST(no_damage_crashes_or_stalls_the_reader),
        TEST(frames_behind_the_damage_are_whole),
    };

    return cmocka_run_group_tests_name("log_damage", tests, NULL, NULL);
}
