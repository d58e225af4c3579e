/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a hostile script makes an engine send: nothing lands outside the folder, nothing
 * but files and folders inside it, and no more than the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "untar_maker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { END_MARK = 1024 };

static void files_and_folders_arrive_with_bytes_and_mode(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();

    put_folder(maker, "output/", 0755);
    put_folder(maker, "output/sub", 0050);
    put_file(maker, "output/sub/a", 04755, "hello");
    put_file(maker, "output/empty", 0, "");
    put_file(maker, "./output//no/folder/./for/it", 0640, "deep");
    unpack(maker, scratch);
    scratch_holds(scratch, "to/sub/a", "hello");
    scratch_holds(scratch, "to/empty", "");
    scratch_holds(scratch, "to/no/folder/for/it", "deep");
    assert_int_equal(scratch_mode(scratch, "to/sub"), S_IFDIR | 0750);
    assert_int_equal(scratch_mode(scratch, "to/sub/a"), S_IFREG | 0755);
    assert_int_equal(scratch_mode(scratch, "to/empty"), S_IFREG | 0600);
    assert_int_equal(scratch_mode(scratch, "to/no"), S_IFDIR | 0700);
}

static void only_what_is_below_the_stripped_folder_arrives(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();

    put_file(maker, "output", 0600, "not a folder");
    put_file(maker, "outputs/a", 0600, "x");
    put_file(maker, "other/output/a", 0600, "x");
    put_file(maker, "output/good", 0600, "good");
    unpack(maker, scratch);
    scratch_holds(scratch, "to/good", "good");
    scratch_lacks(scratch, "to/a");
    scratch_lacks(scratch, "to/output");
}

static void without_a_strip_names_are_kept(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();

    put_file(maker, "output/a", 0600, "x");
    assert_int_equal(unpack_as(maker, scratch, "", &no_limits), 0);
    scratch_holds(scratch, "to/output/a", "x");
}

static void names_of_any_bytes_and_length_arrive(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();
    char name[260] = "output/", where[260] = "to/";

    (void)memset(name + 7, 'n', 240);
    (void)memset(where + 3, 'n', 240);
    put_file(maker, name, 0600, "long");
    put_file(maker, "output/gr\xc3\xbc\xc3\x9f.txt", 0600, "umlauts");
    put_file(maker, "output/\xff\n \\", 0600, "not even text");
    unpack(maker, scratch);
    scratch_holds(scratch, where, "long");
    scratch_holds(scratch, "to/gr\xc3\xbc\xc3\x9f.txt", "umlauts");
    scratch_holds(scratch, "to/\xff\n \\", "not even text");
}

static void names_that_lead_out_are_passed_over(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();
    char absolute[64];

    (void)snprintf(absolute, sizeof(absolute), "%s/absolute", scratch->path);
    put_file(maker, "output/../up", 0600, "x");
    put_file(maker, "output/../../up", 0600, "x");
    put_file(maker, "../up", 0600, "x");
    put_file(maker, "output/sub/../../up", 0600, "x");
    put_folder(maker, "output/..", 0777);
    put_file(maker, absolute, 0600, "x");
    put_file(maker, "/output/rooted", 0600, "x");
    put_file(maker, "output/last", 0600, "still comes");
    unpack(maker, scratch);
    scratch_holds(scratch, "to/last", "still comes");
    scratch_lacks(scratch, "up");
    scratch_lacks(scratch, "absolute");
    scratch_lacks(scratch, "to/up");
    scratch_lacks(scratch, "to/sub");
    scratch_lacks(scratch, "to/rooted");
    assert_int_equal(scratch_mode(scratch, "."), S_IFDIR | 0700);
}

static void the_last_of_several_entries_counts(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();

    put_file(maker, "output/a", 0644, "the first and longer");
    put_file(maker, "output/a", 0600, "second");
    put_file(maker, "output/b", 0600, "was a file");
    put_file(maker, "output/b/c", 0600, "is in a folder");
    put_folder(maker, "output/d", 0700);
    put_file(maker, "output/d", 0600, "was a folder");
    put_file(maker, "output/b", 0600, "a full folder stays");
    unpack(maker, scratch);
    scratch_holds(scratch, "to/a", "second");
    assert_int_equal(scratch_mode(scratch, "to/a"), S_IFREG | 0600);
    scratch_holds(scratch, "to/b/c", "is in a folder");
    scratch_holds(scratch, "to/d", "was a folder");
}

static void deep_nesting_ends_at_what_the_host_can_walk(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();
    char deep[2200] = "output";

    for (int i = 0; i < 1000; i++)
        (void)strcat(deep, "/d");
    put_file(maker, deep, 0600, "x");
    deep[6 + 2 * 50] = '\0';
    put_file(maker, deep, 0600, "fifty deep");
    unpack(maker, scratch);
    (void)memmove(deep + 2, deep + 6, strlen(deep + 6) + 1);
    (void)memcpy(deep, "to", 2);
    scratch_holds(scratch, deep, "fifty deep");
}

static void bytes_beyond_the_limit_end_it(void **state)
{
    struct scratch *scratch = *state;
    const struct tarball_limits limits = { .bytes = 10 };
    struct maker *maker = maker_begin();

    put_file(maker, "output/a", 0600, "12345");
    put_file(maker, "output/b", 0600, "67890");
    put_file(maker, "output/empty", 0600, "");
    put_file(maker, "output/c", 0600, "x");
    assert_int_equal(unpack_as(maker, scratch, "output", &limits), -EDQUOT);
    scratch_holds(scratch, "to/b", "67890");
    scratch_holds(scratch, "to/empty", "");
    scratch_lacks(scratch, "to/c");
}

/* The header alone claims it: nothing has been written yet. */
static void a_huge_claim_ends_it_at_once(void **state)
{
    struct scratch *scratch = *state;
    const struct tarball_limits limits = { .bytes = 1 << 30 };
    struct archive_entry *entry = entry_of("output/huge", S_IFREG | 0600);
    struct maker *maker = maker_begin();
    struct fault fault;
    int rc;

    archive_entry_set_size(entry, INT64_C(1) << 50);
    assert_int_equal(archive_write_header(maker->archive, entry), ARCHIVE_OK);
    archive_entry_free(entry);
    assert_int_equal(archive_write_data(maker->archive, maker->bytes + 100000, 20480), 20480);
    rc = feed(scratch->fd, "output", &limits, maker->bytes, maker->length, 512, &fault);
    assert_int_equal(rc, -EDQUOT);
    assert_non_null(strstr(fault.text, "1073741824 bytes"));
    scratch_lacks(scratch, "huge");
    (void)archive_write_free(maker->archive);
    free(maker);
}

static void entries_beyond_the_limit_end_it(void **state)
{
    struct scratch *scratch = *state;
    const struct tarball_limits limits = { .entries = 3 };
    struct maker *maker = maker_begin();

    put_folder(maker, "output/a", 0700);
    put_link(maker, "output/b", "counts too");
    put_file(maker, "output/c", 0600, "c");
    put_file(maker, "output/d", 0600, "d");
    assert_int_equal(unpack_as(maker, scratch, "output", &limits), -EDQUOT);
    scratch_holds(scratch, "to/c", "c");
    scratch_lacks(scratch, "to/d");
}

static void folders_on_the_way_count_as_entries(void **state)
{
    struct scratch *scratch = *state;
    const struct tarball_limits limits = { .entries = 10 };
    struct maker *maker = maker_begin();

    put_file(maker, "output/1/2/3/4/5/6/7/8/9/10/11/x", 0600, "x");
    assert_int_equal(unpack_as(maker, scratch, "output", &limits), -EDQUOT);
}

static void a_sparse_file_keeps_its_holes(void **state)
{
    struct scratch *scratch = *state;
    struct archive_entry *entry = entry_of("output/sparse", S_IFREG | 0600);
    struct maker *maker = maker_begin();
    char *zeros = calloc(1, 1 << 20), byte;
    struct stat st;
    int fd;

    assert_non_null(zeros);
    zeros[(1 << 20) - 1] = 'x';
    archive_write_free(maker->archive);
    free(maker);
    maker = maker_begin();
    archive_entry_set_size(entry, 1 << 20);
    archive_entry_sparse_add_entry(entry, (1 << 20) - 1, 1);
    assert_int_equal(archive_write_header(maker->archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(maker->archive, zeros, 1 << 20), 1 << 20);
    archive_entry_free(entry);
    free(zeros);
    assert_true(maker->length < 65536);
    unpack(maker, scratch);
    fd = openat(scratch->fd, "to/sparse", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 1 << 20);
    assert_int_equal(pread(fd, &byte, 1, (1 << 20) - 1), 1);
    assert_int_equal(byte, 'x');
    assert_true(st.st_blocks * 512 < 1 << 19);
    assert_int_equal(close(fd), 0);
}

static void a_sparse_file_counts_with_its_holes(void **state)
{
    struct scratch *scratch = *state;
    const struct tarball_limits limits = { .bytes = 1 << 20 };
    struct archive_entry *entry = entry_of("output/sparse", S_IFREG | 0600);
    struct maker *maker = maker_begin();

    archive_entry_set_size(entry, INT64_C(1) << 40);
    archive_entry_sparse_add_entry(entry, 0, 1);
    assert_int_equal(archive_write_header(maker->archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(maker->archive, "x", 1), 1);
    archive_entry_free(entry);
    assert_int_equal(unpack_as(maker, scratch, "output", &limits), -EDQUOT);
}

static struct maker *sample(void)
{
    struct maker *maker = maker_begin();

    put_folder(maker, "output/sub", 0700);
    put_file(maker, "output/sub/a", 0600, "some bytes");
    put_file(maker, "output/b", 0600, "more bytes");
    maker_finish(maker);
    return maker;
}

static void an_archive_cut_off_anywhere_is_damaged(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = sample();
    struct fault fault;

    for (size_t length = 0; length <= maker->length - END_MARK; length += 128) {
        int rc = feed(scratch->fd, "output", &no_limits, maker->bytes, length, 4096, &fault);

        if (rc != -EBADMSG)
            fail_msg("cut to %zu of %zu: %d", length, maker->length, rc);
        assert_true(strlen(fault.text) > 0);
    }
    free(maker);
}

static void what_is_no_archive_is_damaged(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = sample();
    struct fault fault;
    char text[4096];

    (void)memset(text, 'x', sizeof(text));
    assert_int_equal(feed(scratch->fd, "", &no_limits, text, sizeof(text), 100, &fault), -EBADMSG);
    maker->bytes[512 + 20] ^= 0x7f; /* breaks a header's checksum */
    assert_int_equal(feed(scratch->fd, "", &no_limits, maker->bytes, maker->length, 100, &fault),
                     -EBADMSG);
    free(maker);
}

static void pieces_of_any_size_will_do(void **state)
{
    static const size_t pieces[] = { 1, 7, 511, 512, 513, 1 << 20 };
    struct scratch *scratch = *state;
    struct maker *maker = sample();
    struct fault fault;

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        assert_int_equal(
            feed(scratch->fd, "output", &no_limits, maker->bytes, maker->length, pieces[i], &fault),
            0);
        scratch_holds(scratch, "sub/a", "some bytes");
        assert_int_equal(unlinkat(scratch->fd, "sub/a", 0), 0);
    }
    free(maker);
}

static void giving_up_half_way_is_fine(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = sample();
    struct untar *untar = untar_new(scratch->fd, "output", &no_limits);

    assert_non_null(untar);
    untar_free(untar);
    untar = untar_new(scratch->fd, "output", &no_limits);
    assert_non_null(untar);
    assert_int_equal(untar_write(untar, maker->bytes, 700), 0);
    untar_free(untar);
    free(maker);
}

static long count_descriptors(void)
{
    long count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void no_descriptor_is_left_open(void **state)
{
    struct scratch *scratch = *state;
    const struct tarball_limits limits = { .bytes = 15 };
    struct maker *maker = sample();
    long before = count_descriptors();
    struct fault fault;

    assert_int_equal(
        feed(scratch->fd, "output", &no_limits, maker->bytes, maker->length, 100, &fault), 0);
    assert_int_equal(feed(scratch->fd, "output", &limits, maker->bytes, maker->length, 100, &fault),
                     -EDQUOT);
    assert_int_equal(count_descriptors(), before);
    free(maker);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(files_and_folders_arrive_with_bytes_and_mode),
        WITH_FOLDER(only_what_is_below_the_stripped_folder_arrives),
        WITH_FOLDER(without_a_strip_names_are_kept),
        WITH_FOLDER(names_of_any_bytes_and_length_arrive),
        WITH_FOLDER(names_that_lead_out_are_passed_over),
        WITH_FOLDER(the_last_of_several_entries_counts),
        WITH_FOLDER(deep_nesting_ends_at_what_the_host_can_walk),
        WITH_FOLDER(bytes_beyond_the_limit_end_it),
        WITH_FOLDER(a_huge_claim_ends_it_at_once),
        WITH_FOLDER(entries_beyond_the_limit_end_it),
        WITH_FOLDER(folders_on_the_way_count_as_entries),
        WITH_FOLDER(a_sparse_file_keeps_its_holes),
        WITH_FOLDER(a_sparse_file_counts_with_its_holes),
        WITH_FOLDER(an_archive_cut_off_anywhere_is_damaged),
        WITH_FOLDER(what_is_no_archive_is_damaged),
        WITH_FOLDER(pieces_of_any_size_will_do),
        WITH_FOLDER(giving_up_half_way_is_fine),
        WITH_FOLDER(no_descriptor_is_left_open),
    };

    return cmocka_run_group_tests_name("untar", tests, NULL, NULL);
}
