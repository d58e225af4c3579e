/* SPDX-License-Identifier: Apache-2.0 */
#include "job/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int top_fd;
static char top[] = "/tmp/maps-tree-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
    if (mkdtemp(top) == NULL)
        return -1;
    top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return top_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)close(top_fd);
    assert_int_equal(tree_remove(AT_FDCWD, top), 0);
    assert_int_not_equal(access(top, F_OK), 0);
    return 0;
}

static void make_file(int dir_fd, const char *name, off_t size, bool sparse)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(sparse ? ftruncate(fd, size) : posix_fallocate(fd, 0, size), 0);
    (void)close(fd);
}

/* Makes `levels` folders inside each other; returns nothing open. */
static void make_deep(int levels)
{
    int fd = dup(top_fd);

    for (int i = 0; i < levels; i++) {
        assert_int_equal(mkdirat(fd, "d", 0700), 0);
        int next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)close(fd);
        fd = next;
    }
    make_file(fd, "leaf", 1, false);
    (void)close(fd);
}

static void sparse_files_cost_what_they_hold(void **state)
{
    struct tree_usage usage;

    (void)state;
    make_file(top_fd, "sparse", 1 << 30, true);
    make_file(top_fd, "full", 1 << 20, false);
    assert_int_equal(tree_measure(top_fd, 0, 0, &usage), 0);
    assert_int_equal(usage.entries, 2);
    assert_true(usage.bytes >= 1 << 20 && usage.bytes < 2 << 20);
}

static void links_are_counted_not_followed(void **state)
{
    struct tree_usage usage;

    (void)state;
    assert_int_equal(symlinkat("/", top_fd, "root"), 0);
    assert_int_equal(tree_measure(top_fd, 0, 0, &usage), 0);
    assert_int_equal(usage.entries, 1);
}

static void measuring_stops_at_the_bound(void **state)
{
    struct tree_usage usage;
    char name[16];

    (void)state;
    for (int i = 0; i < 50; i++) {
        (void)snprintf(name, sizeof(name), "f%d", i);
        make_file(top_fd, name, 1, false);
    }
    assert_int_equal(tree_measure(top_fd, 0, 10, &usage), 0);
    assert_int_equal(usage.entries, 11);
}

static void too_deep_is_said(void **state)
{
    struct tree_usage usage;

    (void)state;
    make_deep(TREE_MAX_DEPTH + 1);
    assert_int_equal(tree_measure(top_fd, 0, 0, &usage), -ELOOP);
}

static void any_depth_is_removed(void **state)
{
    (void)state;
    make_deep(2000);
    assert_int_equal(tree_remove(top_fd, "d"), 0);
    assert_int_not_equal(faccessat(top_fd, "d", F_OK, 0), 0);
}

static void a_link_is_removed_not_its_target(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(top_fd, "kept", 0700), 0);
    make_file(top_fd, "kept/file", 1, false);
    assert_int_equal(mkdirat(top_fd, "gone", 0700), 0);
    assert_int_equal(symlinkat("../kept", top_fd, "gone/link"), 0);
    assert_int_equal(tree_remove(top_fd, "gone"), 0);
    assert_int_equal(faccessat(top_fd, "kept/file", F_OK, 0), 0);
}

static void absent_is_success(void **state)
{
    (void)state;
    assert_int_equal(tree_remove(top_fd, "nothing"), 0);
}

static void unreadable_folders_are_no_hiding_place(void **state)
{
    struct tree_usage usage;

    (void)state;
    assert_int_equal(mkdirat(top_fd, "locked", 0700), 0);
    make_file(top_fd, "locked/file", 1 << 20, false);
    assert_int_equal(fchmodat(top_fd, "locked", 0, 0), 0);
    assert_int_equal(tree_measure(top_fd, 0, 0, &usage), 0);
    assert_true(usage.bytes >= 1 << 20);
    assert_int_equal(fchmodat(top_fd, "locked", 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sparse_files_cost_what_they_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_are_counted_not_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(measuring_stops_at_the_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_deep_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_depth_is_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_is_removed_not_its_target, set_up, tear_down),
        cmocka_unit_test_setup_teardown(absent_is_success, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unreadable_folders_are_no_hiding_place, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
