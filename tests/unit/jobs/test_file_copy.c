/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of files: the same bytes, the same holes, and an end when it is asked for. */
#include "job/file_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int open_unnamed(void)
{
    int fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    return fd;
}

static bool stop_after(void *context)
{
    int *left = context;

    return (*left)-- <= 0;
}

static void bytes_and_holes_are_the_same(void **state)
{
    int from = open_unnamed(), to = open_unnamed();
    char text[8] = "";
    struct stat st;

    (void)state;
    assert_int_equal(pwrite(from, "begin", 5, 0), 5);
    assert_int_equal(pwrite(from, "middle", 6, 512 << 20), 6);
    assert_int_equal(ftruncate(from, 1 << 30), 0);
    assert_int_equal(file_copy(from, to, 1 << 30, NULL, NULL), 0);
    assert_int_equal(fstat(to, &st), 0);
    assert_int_equal(st.st_size, 1 << 30);
    assert_true(st.st_blocks < 2048);
    assert_int_equal(pread(to, text, 5, 0), 5);
    assert_string_equal(text, "begin");
    assert_int_equal(pread(to, text, 6, 512 << 20), 6);
    assert_string_equal(text, "middle");
    close(from);
    close(to);
}

static void no_more_is_copied_than_was_asked_for(void **state)
{
    int from = open_unnamed(), to = open_unnamed();
    struct stat st;

    (void)state;
    assert_int_equal(pwrite(from, "0123456789", 10, 0), 10);
    assert_int_equal(file_copy(from, to, 4, NULL, NULL), 0);
    assert_int_equal(fstat(to, &st), 0);
    assert_int_equal(st.st_size, 4);
    close(from);
    close(to);
}

static void a_copy_ends_when_it_is_to_stop(void **state)
{
    int from = open_unnamed(), to = open_unnamed(), left = 0;

    (void)state;
    assert_int_equal(pwrite(from, "0123456789", 10, 0), 10);
    assert_int_equal(file_copy(from, to, 10, stop_after, &left), -ECANCELED);
    close(from);
    close(to);
}

static void a_full_disk_is_an_error(void **state)
{
    int from = open_unnamed(), to = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(pwrite(from, "0123456789", 10, 0), 10);
    assert_int_equal(file_copy(from, to, 10, NULL, NULL), -ENOSPC);
    close(from);
    close(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_holes_are_the_same),
        cmocka_unit_test(no_more_is_copied_than_was_asked_for),
        cmocka_unit_test(a_copy_ends_when_it_is_to_stop),
        cmocka_unit_test(a_full_disk_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
