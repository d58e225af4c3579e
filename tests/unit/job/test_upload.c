/* SPDX-License-Identifier: Apache-2.0 */
/* An upload keeps texts in memory, stages files, stays within its bounds, and leaves nothing. */
#include "job/upload.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MEMORY = 100000, FILES = 3 };

static char folder[] = "/tmp/maps-upload-XXXXXX";
static int folder_fd = -1;
static struct upload *upload;

static int set_up(void **state)
{
    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL)
        return -1;
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    upload = upload_new(&(struct upload_bounds){
        .incoming_fd = folder_fd, .memory_bytes = MEMORY, .files = FILES });
    return upload != NULL ? 0 : -1;
}

/* Whatever happened: freed, it has left nothing. */
static int tear_down(void **state)
{
    (void)state;
    upload_free(upload);
    (void)close(folder_fd);
    return rmdir(folder);
}

static size_t staged_count(void)
{
    size_t count = 0;
    DIR *dir = fdopendir(openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    while (readdir(dir) != NULL)
        count++;
    (void)closedir(dir);
    return count - 2;
}

static void add(const char *name, const char *filename, const char *bytes)
{
    assert_null(upload_part(upload, name, filename));
    if (bytes[0] != '\0')
        assert_null(upload_bytes(upload, bytes, strlen(bytes)));
}

static void refuse_part(const char *name, const char *filename, const char *field)
{
    ERROR_AUTO err = upload_part(upload, name, filename);

    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_INVALID);
    assert_string_equal(err->field, field);
}

static void texts_are_kept_and_files_are_staged(void **state)
{
    const struct submission_parts *parts = NULL;
    char bytes[8] = "";
    struct stat status;

    (void)state;
    add("files", "a/b", "he");
    assert_null(upload_bytes(upload, "llo", 3));
    add("script", "script.py", "print");
    assert_null(upload_bytes(upload, "(1)", 3));
    add("files", "empty", "");
    assert_null(upload_end(upload, &parts));
    assert_string_equal(parts->script.bytes, "print(1)");
    assert_int_equal(parts->script.length, 8);
    assert_false(parts->request.given);
    assert_int_equal(parts->file_count, 2);
    assert_string_equal(parts->files[0].path, "a/b");
    assert_int_equal(parts->files[0].length, 5);
    assert_int_equal(parts->files[1].length, 0);
    int fd = openat(folder_fd, parts->files[0].staged, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, bytes, sizeof(bytes)), 5);
    assert_string_equal(bytes, "hello");
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    (void)close(fd);
}

static void without_files_the_disk_is_not_touched(void **state)
{
    (void)state;
    add("script", NULL, "x");
    add("options", NULL, "{}");
    assert_int_equal(staged_count(), 0);
}

static void unknown_and_doubled_parts_are_named(void **state)
{
    char name[300];

    (void)state;
    add("script", NULL, "x");
    refuse_part("script", NULL, "script");
    refuse_part("file", "a", "file");
    refuse_part("", NULL, "");
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    ERROR_AUTO err = upload_part(upload, name, NULL);
    assert_int_equal(strlen(err->field), 64);
}

static void a_file_needs_a_path_that_stays_inside(void **state)
{
    static const char *const bad[] = { NULL, "", "/a", "../a", "a/../b", "a\nb", "a//b", "\xff" };

    (void)state;
    add("files", "fine", "x");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refuse_part("files", bad[i], "files[1].path");
}

static void only_so_many_files_are_taken(void **state)
{
    (void)state;
    add("files", "a", "1");
    add("files", "b", "2");
    add("files", "c", "3");
    refuse_part("files", "d", "files");
    assert_int_equal(staged_count(), 1);
}

static void what_is_kept_in_memory_is_bounded_together(void **state)
{
    char *half = calloc(1, MEMORY / 2);

    (void)state;
    assert_null(upload_part(upload, "script", NULL));
    assert_null(upload_bytes(upload, half, MEMORY / 2));
    assert_null(upload_part(upload, "files", "a")); /* on disk: does not count */
    assert_null(upload_bytes(upload, half, MEMORY / 2));
    assert_null(upload_bytes(upload, half, MEMORY / 2));
    assert_null(upload_part(upload, "request", NULL));
    assert_true(upload_memory(upload) < MEMORY);
    ERROR_AUTO err = upload_bytes(upload, half, MEMORY / 2);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_TOO_LARGE);
    assert_string_equal(err->field, "request");
    free(half);
}

static void a_folder_that_cannot_be_written_is_an_error(void **state)
{
    struct upload *nowhere = upload_new(
        &(struct upload_bounds){ .incoming_fd = -1, .memory_bytes = MEMORY, .files = FILES });

    (void)state;
    ERROR_AUTO err = upload_part(nowhere, "files", "a");
    assert_non_null(err);
    upload_free(nowhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_are_kept_and_files_are_staged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_files_the_disk_is_not_touched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_and_doubled_parts_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_needs_a_path_that_stays_inside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_so_many_files_are_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_kept_in_memory_is_bounded_together, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_written_is_an_error, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("upload", tests, NULL, NULL);
}
