/* SPDX-License-Identifier: Apache-2.0 */
/* Links in a hostile archive, and links that lie where it is unpacked: none leads out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "untar_maker.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void links_devices_and_fifos_are_passed_over(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();

    put_file(maker, "output/real", 0600, "real");
    put_link(maker, "output/link", "/etc/passwd");
    put_hard_link(maker, "output/hard-out", "/etc/passwd");
    put(maker, entry_of("output/fifo", S_IFIFO | 0666), "");
    put(maker, entry_of("output/char", S_IFCHR | 0666), "");
    put(maker, entry_of("output/block", S_IFBLK | 0666), "");
    put_file(maker, "output/last", 0600, "still comes");
    unpack(maker, scratch);
    scratch_holds(scratch, "to/real", "real");
    scratch_holds(scratch, "to/last", "still comes");
    scratch_lacks(scratch, "to/link");
    scratch_lacks(scratch, "to/hard-out");
    scratch_lacks(scratch, "to/fifo");
    scratch_lacks(scratch, "to/char");
    scratch_lacks(scratch, "to/block");
}

static void hard_links_are_further_names_of_files_that_came_before(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();

    put_file(maker, "output/real", 0600, "real");
    put_hard_link(maker, "output/below/hard", "output/real");
    put_hard_link(maker, "output/real", "output/below/hard");
    put_hard_link(maker, "output/real", "output/real");
    put_hard_link(maker, "output/real/under-itself", "output/real");
    put_file(maker, "output/last", 0600, "still comes");
    unpack(maker, scratch);
    scratch_holds(scratch, "to/below/hard", "real");
    scratch_holds(scratch, "to/real/under-itself", "real");
    scratch_holds(scratch, "to/last", "still comes");
}

static void each_name_of_a_file_counts_against_the_bytes(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();
    const struct tarball_limits limits = { .bytes = 7 };

    put_file(maker, "output/real", 0600, "real");
    put_hard_link(maker, "output/hard", "output/real");
    assert_int_equal(unpack_as(maker, scratch, "output", &limits), -EDQUOT);
    scratch_lacks(scratch, "to/hard");
}

static void a_hard_link_to_anything_else_is_passed_over(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();
    struct fault fault;

    scratch_folder(scratch, "outside");
    scratch_write(scratch, "outside/file", "OUTSIDE", 7);
    scratch_write(scratch, "other", "of another", 10);
    assert_int_equal(symlinkat("outside", scratch->fd, "way"), 0);
    assert_int_equal(symlinkat("outside/file", scratch->fd, "name"), 0);
    put_folder(maker, "output/folder", 0700);
    put_hard_link(maker, "output/by-a-link", "output/way/file");
    put_hard_link(maker, "output/to-a-link", "output/name");
    put_hard_link(maker, "output/out", "output/../output/outside/file");
    put_hard_link(maker, "output/not-stripped", "other");
    put_hard_link(maker, "output/to-a-folder", "output/folder");
    put_hard_link(maker, "output/to-nothing", "output/nothing");
    maker_finish(maker);
    assert_int_equal(
        feed(scratch->fd, "output", &no_limits, maker->bytes, maker->length, 512, &fault), 0);
    free(maker);
    scratch_lacks(scratch, "by-a-link");
    scratch_lacks(scratch, "to-a-link");
    scratch_lacks(scratch, "out");
    scratch_lacks(scratch, "not-stripped");
    scratch_lacks(scratch, "to-a-folder");
    scratch_lacks(scratch, "to-nothing");
    scratch_lacks(scratch, "nothing");
}

static void a_link_in_the_archive_leads_nowhere(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();

    scratch_folder(scratch, "outside");
    put_link(maker, "output/way", "../outside");
    put_file(maker, "output/way/file", 0600, "inside");
    put_link(maker, "output/name", "../outside/other");
    put_file(maker, "output/name", 0600, "also inside");
    unpack(maker, scratch);
    scratch_lacks(scratch, "outside/file");
    scratch_lacks(scratch, "outside/other");
    scratch_holds(scratch, "to/way/file", "inside");
    scratch_holds(scratch, "to/name", "also inside");
}

static void a_link_in_the_folder_leads_nowhere(void **state)
{
    struct scratch *scratch = *state;
    struct maker *maker = maker_begin();
    struct fault fault;

    scratch_folder(scratch, "outside");
    scratch_write(scratch, "outside/kept", "kept", 4);
    assert_int_equal(symlinkat("outside", scratch->fd, "way"), 0);
    assert_int_equal(symlinkat("outside/kept", scratch->fd, "name"), 0);
    assert_int_equal(symlinkat("outside", scratch->fd, "folder"), 0);
    put_file(maker, "way/file", 0600, "inside");
    put_file(maker, "name", 0600, "new");
    put_folder(maker, "folder", 0777);
    maker_finish(maker);
    assert_int_equal(feed(scratch->fd, "", &no_limits, maker->bytes, maker->length, 512, &fault),
                     0);
    free(maker);
    scratch_lacks(scratch, "outside/file");
    scratch_holds(scratch, "outside/kept", "kept");
    assert_int_equal(scratch_mode(scratch, "outside"), S_IFDIR | 0700);
    scratch_holds(scratch, "way/file", "inside");
    scratch_holds(scratch, "name", "new");
    assert_int_equal(scratch_mode(scratch, "folder"), S_IFDIR | 0777);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(links_devices_and_fifos_are_passed_over),
        WITH_FOLDER(hard_links_are_further_names_of_files_that_came_before),
        WITH_FOLDER(each_name_of_a_file_counts_against_the_bytes),
        WITH_FOLDER(a_hard_link_to_anything_else_is_passed_over),
        WITH_FOLDER(a_link_in_the_archive_leads_nowhere),
        WITH_FOLDER(a_link_in_the_folder_leads_nowhere),
    };

    return cmocka_run_group_tests_name("untar_links", tests, NULL, NULL);
}
