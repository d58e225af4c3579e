/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to change a file is seen, once it has settled. */
#include "reload/file_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char top[64];
static char first[128], second[128], aside[128];
static struct file_watch *watch;

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static int setup(void **state)
{
    (void)state;
    (void)snprintf(top, sizeof(top), "/tmp/maps-watch-XXXXXX");
    assert_non_null(mkdtemp(top));
    (void)snprintf(first, sizeof(first), "%s/first", top);
    (void)snprintf(second, sizeof(second), "%s/second", top);
    (void)snprintf(aside, sizeof(aside), "%s/aside", top);
    write_file(first, "one");
    write_file(second, "two");
    watch = file_watch_new();
    assert_non_null(watch);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    file_watch_free(watch);
    (void)unlink(first);
    (void)unlink(second);
    (void)unlink(aside);
    return rmdir(top);
}

static void set(const char *a, const char *b)
{
    const char *const files[] = { a, b, NULL };

    assert_true(file_watch_set(watch, files, NULL));
}

/* True at the second look, when it has settled; false at the one before. */
static void expect_change(void)
{
    assert_false(file_watch_look(watch));
    assert_true(file_watch_look(watch));
    assert_true(file_watch_look(watch)); /* until it counts as known */
    file_watch_mark(watch);
    assert_false(file_watch_look(watch));
}

static void nothing_has_changed_at_first(void **state)
{
    (void)state;
    set(first, second);
    assert_false(file_watch_look(watch));
    assert_false(file_watch_look(watch));
}

static void a_write_in_place_is_seen(void **state)
{
    (void)state;
    set(first, second);
    write_file(second, "other");
    expect_change();
}

static void a_file_renamed_over_it_is_seen(void **state)
{
    (void)state;
    set(first, second);
    write_file(aside, "one"); /* of the same size and content */
    assert_int_equal(rename(aside, first), 0);
    expect_change();
}

static void a_link_that_leads_elsewhere_is_seen(void **state)
{
    (void)state;
    assert_int_equal(symlink("first", aside), 0);
    set(aside, NULL);
    assert_int_equal(unlink(aside), 0);
    assert_int_equal(symlink("second", aside), 0);
    expect_change();
}

static void a_file_that_goes_and_comes_is_seen(void **state)
{
    (void)state;
    set(first, second);
    assert_int_equal(unlink(first), 0);
    expect_change();
    write_file(first, "one");
    expect_change();
}

static void what_is_still_being_written_has_to_settle(void **state)
{
    (void)state;
    set(first, second);
    write_file(first, "half");
    assert_false(file_watch_look(watch));
    write_file(first, "half and more");
    assert_false(file_watch_look(watch));
    write_file(second, "another");
    assert_false(file_watch_look(watch));
    assert_true(file_watch_look(watch));
}

static void a_change_since_the_mark_is_not_lost_by_a_new_list(void **state)
{
    const char *const one[] = { first, NULL };
    const char *const more[] = { second, first, NULL };

    (void)state;
    set(first, NULL);
    file_watch_mark(watch);
    write_file(first, "changed while it was read");
    assert_true(file_watch_set(watch, one, more));
    assert_false(file_watch_look(watch));
    assert_true(file_watch_look(watch));
}

static void a_file_that_is_listed_no_more_does_not_matter(void **state)
{
    (void)state;
    set(first, second);
    set(first, NULL);
    write_file(second, "other");
    assert_false(file_watch_look(watch));
    assert_false(file_watch_look(watch));
}

#define WATCH_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCH_TEST(nothing_has_changed_at_first),
        WATCH_TEST(a_write_in_place_is_seen),
        WATCH_TEST(a_file_renamed_over_it_is_seen),
        WATCH_TEST(a_link_that_leads_elsewhere_is_seen),
        WATCH_TEST(a_file_that_goes_and_comes_is_seen),
        WATCH_TEST(what_is_still_being_written_has_to_settle),
        WATCH_TEST(a_change_since_the_mark_is_not_lost_by_a_new_list),
        WATCH_TEST(a_file_that_is_listed_no_more_does_not_matter),
    };

    return cmocka_run_group_tests_name("file_watch", tests, NULL, NULL);
}
