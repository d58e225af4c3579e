/* SPDX-License-Identifier: Apache-2.0 */
/* What a script leaves, as an archive: all of it, nothing else, or a failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/output_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A data folder with one job: jobs/a/output. */
struct scene {
    char path[32];
    int top_fd, output_fd;
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    (void)snprintf(scene->path, sizeof(scene->path), "/tmp/maps-test-XXXXXX");
    assert_non_null(mkdtemp(scene->path));
    scene->top_fd = open(scene->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(scene->top_fd, "jobs", 0700), 0);
    assert_int_equal(mkdirat(scene->top_fd, "trash", 0700), 0);
    assert_int_equal(mkdirat(scene->top_fd, "jobs/a", 0700), 0);
    assert_int_equal(mkdirat(scene->top_fd, "jobs/a/output", 0700), 0);
    scene->output_fd = openat(scene->top_fd, "jobs/a/output", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(scene->output_fd >= 0);
    *state = scene;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    int rc = nftw(scene->path, remove_one, 32, FTW_DEPTH | FTW_PHYS);

    (void)close(scene->output_fd);
    (void)close(scene->top_fd);
    free(scene);
    return rc;
}

static void put(const struct scene *scene, const char *name, const char *text)
{
    int fd = openat(scene->output_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static struct output_archive *open_archive(const struct scene *scene)
{
    struct output_archive *archive = output_archive_new(dup(scene->output_fd));

    assert_non_null(archive);
    return archive;
}

/* libarchive's reader, in pieces of an odd size. */
struct reader {
    struct output_archive *source;
    struct archive *archive;
    char buffer[777];
};

static la_ssize_t pull(struct archive *archive, void *context, const void **bytes)
{
    struct reader *reader = context;
    ssize_t got = output_archive_read(reader->source, reader->buffer, sizeof(reader->buffer));

    (void)archive;
    *bytes = reader->buffer;
    return got;
}

static void reader_open(struct reader *reader, const struct scene *scene)
{
    reader->source = open_archive(scene);
    reader->archive = archive_read_new();
    assert_int_equal(archive_read_support_format_tar(reader->archive), ARCHIVE_OK);
    assert_int_equal(archive_read_open(reader->archive, reader, NULL, pull, NULL), ARCHIVE_OK);
}

/* The next entry; text NULL: a folder. */
static void expect(struct reader *reader, const char *path, const char *text)
{
    struct archive_entry *entry;
    char bytes[256];

    if (archive_read_next_header(reader->archive, &entry) != ARCHIVE_OK)
        fail_msg("instead of %s: %s", path, archive_error_string(reader->archive));
    assert_string_equal(archive_entry_pathname(entry), path);
    assert_int_equal(archive_entry_filetype(entry), text == NULL ? AE_IFDIR : AE_IFREG);
    assert_int_equal(archive_entry_uid(entry), 0);
    la_ssize_t length = archive_read_data(reader->archive, bytes, sizeof(bytes));
    assert_int_equal(length, text == NULL ? 0 : strlen(text));
    assert_memory_equal(bytes, text == NULL ? "" : text, (size_t)length);
}

static void expect_end(struct reader *reader)
{
    struct archive_entry *entry;

    assert_int_equal(archive_read_next_header(reader->archive, &entry), ARCHIVE_EOF);
    assert_int_equal(archive_read_free(reader->archive), ARCHIVE_OK);
    output_archive_free(reader->source);
}

static ssize_t read_to_end(struct output_archive *archive, size_t *length)
{
    char bytes[1000];
    ssize_t got;

    *length = 0;
    while ((got = output_archive_read(archive, bytes, sizeof(bytes))) > 0)
        *length += (size_t)got;
    return got;
}

static void files_and_folders_come_sorted_and_nothing_else(void **state)
{
    const struct scene *scene = *state;
    struct reader reader;

    assert_int_equal(mkdirat(scene->output_fd, "b", 0700), 0);
    assert_int_equal(mkdirat(scene->output_fd, "empty", 0), 0);
    put(scene, "c", "see");
    put(scene, "b/2", "two");
    put(scene, "b/10", "");
    put(scene, "a", "first");
    assert_int_equal(symlinkat("/etc/passwd", scene->output_fd, "link"), 0);
    assert_int_equal(symlinkat("/etc", scene->output_fd, "b/folder-link"), 0);
    assert_int_equal(mkfifoat(scene->output_fd, "fifo", 0600), 0);
    reader_open(&reader, scene);
    expect(&reader, "a", "first");
    expect(&reader, "b/", NULL);
    expect(&reader, "b/10", "");
    expect(&reader, "b/2", "two");
    expect(&reader, "c", "see");
    expect(&reader, "empty/", NULL);
    expect_end(&reader);
}

static void names_of_any_bytes_and_length_arrive(void **state)
{
    const struct scene *scene = *state;
    struct reader reader;
    char folder[256], path[600];

    (void)memset(folder, 'n', 255);
    folder[255] = '\0';
    assert_int_equal(mkdirat(scene->output_fd, folder, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/%s", folder, folder);
    put(scene, path, "deep");
    put(scene, "gr\xc3\xbc\xc3\x9f \xff\n", "odd");
    reader_open(&reader, scene);
    expect(&reader, "gr\xc3\xbc\xc3\x9f \xff\n", "odd");
    (void)snprintf(path, sizeof(path), "%s/", folder);
    expect(&reader, path, NULL);
    (void)snprintf(path, sizeof(path), "%s/%s", folder, folder);
    expect(&reader, path, "deep");
    expect_end(&reader);
}

static void an_empty_folder_is_an_empty_archive(void **state)
{
    struct output_archive *archive = open_archive(*state);
    size_t length;

    assert_int_equal(read_to_end(archive, &length), 0);
    assert_int_equal(length, 1024);
    assert_int_equal(read_to_end(archive, &length), 0);
    output_archive_free(archive);
}

static void times_that_no_header_can_say_do_no_harm(void **state)
{
    const struct scene *scene = *state;
    const struct timespec times[2] = { { .tv_sec = -100 }, { .tv_sec = -100 } };
    struct reader reader;

    put(scene, "old", "old");
    assert_int_equal(utimensat(scene->output_fd, "old", times, 0), 0);
    reader_open(&reader, scene);
    expect(&reader, "old", "old");
    expect_end(&reader);
}

/* An archive of which the first bytes of "large" have been read. */
static struct output_archive *begin_large(const struct scene *scene)
{
    struct output_archive *archive = open_archive(scene);
    char bytes[1000];

    put(scene, "large", "");
    put(scene, "next", "next");
    int fd = openat(scene->output_fd, "large", O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    (void)close(fd);
    assert_int_equal(output_archive_read(archive, bytes, sizeof(bytes)), sizeof(bytes));
    return archive;
}

static void a_file_that_grows_is_cut_to_its_header(void **state)
{
    const struct scene *scene = *state;
    struct output_archive *archive = begin_large(scene);
    size_t length;

    int fd = openat(scene->output_fd, "large", O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(write(fd, "more", 4), 4);
    (void)close(fd);
    assert_int_equal(read_to_end(archive, &length), 0);
    /* two headers, the file, "next", the end mark; some has been read before */
    assert_int_equal(length + 1000, 512 + (1 << 20) + 512 + 512 + 1024);
    output_archive_free(archive);
}

static void a_file_that_shrinks_ends_in_a_failure(void **state)
{
    const struct scene *scene = *state;
    struct output_archive *archive = begin_large(scene);
    size_t length;

    put(scene, "large", "short");
    assert_int_equal(read_to_end(archive, &length), -ESTALE);
    assert_true(length < 1 << 20);
    assert_int_equal(read_to_end(archive, &length), -ESTALE);
    assert_int_equal(length, 0);
    output_archive_free(archive);
}

static void a_job_that_is_deleted_meanwhile_ends_in_a_failure(void **state)
{
    const struct scene *scene = *state;
    struct output_archive *archive = begin_large(scene);
    size_t length;

    assert_int_equal(renameat(scene->top_fd, "jobs/a", scene->top_fd, "trash/a"), 0);
    assert_int_equal(unlinkat(scene->output_fd, "next", 0), 0);
    assert_int_equal(read_to_end(archive, &length), -ESTALE);
    output_archive_free(archive);
}

static void what_vanishes_or_becomes_a_trap_is_passed_over(void **state)
{
    const struct scene *scene = *state;
    struct output_archive *archive = begin_large(scene);
    size_t length;

    assert_int_equal(unlinkat(scene->output_fd, "next", 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", scene->output_fd, "next"), 0);
    assert_int_equal(read_to_end(archive, &length), 0);
    assert_int_equal(length + 1000, 512 + (1 << 20) + 1024);
    output_archive_free(archive);
}

static void folders_beyond_the_deepest_end_in_a_failure(void **state)
{
    const struct scene *scene = *state;
    struct output_archive *archive = open_archive(scene);
    int fd = dup(scene->output_fd);
    size_t length;

    for (int i = 0; i < 70; i++) {
        assert_int_equal(mkdirat(fd, "d", 0700), 0);
        int below = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)close(fd);
        fd = below;
    }
    (void)close(fd);
    assert_int_equal(read_to_end(archive, &length), -ELOOP);
    output_archive_free(archive);
}

static void large_files_take_no_memory(void **state)
{
    const struct scene *scene = *state;
    struct rusage before, after;
    size_t length;

    put(scene, "large", "x");
    int fd = openat(scene->output_fd, "large", O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, 256 << 20), 0);
    (void)close(fd);
    struct output_archive *archive = open_archive(scene);
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    assert_int_equal(read_to_end(archive, &length), 0);
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_int_equal(length, 512 + (256 << 20) + 1024);
    assert_true(after.ru_maxrss - before.ru_maxrss < 4 * 1024); /* KiB */
    output_archive_free(archive);
}

static void an_archive_that_is_given_up_makes_no_more_of_itself(void **state)
{
    const struct scene *scene = *state;
    struct output_archive *archive = open_archive(scene);
    struct rusage before, after;
    char bytes[1000];

    put(scene, "large", "x");
    int fd = openat(scene->output_fd, "large", O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, (off_t)256 << 20), 0);
    (void)close(fd);
    assert_int_equal(output_archive_read(archive, bytes, sizeof(bytes)), sizeof(bytes));
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    output_archive_free(archive);
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_true(after.ru_maxrss - before.ru_maxrss < 4 * 1024); /* KiB */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_and_folders_come_sorted_and_nothing_else),
        TEST(names_of_any_bytes_and_length_arrive),
        TEST(an_empty_folder_is_an_empty_archive),
        TEST(times_that_no_header_can_say_do_no_harm),
        TEST(a_file_that_grows_is_cut_to_its_header),
        TEST(a_file_that_shrinks_ends_in_a_failure),
        TEST(a_job_that_is_deleted_meanwhile_ends_in_a_failure),
        TEST(what_vanishes_or_becomes_a_trap_is_passed_over),
        TEST(folders_beyond_the_deepest_end_in_a_failure),
        TEST(large_files_take_no_memory),
        TEST(an_archive_that_is_given_up_makes_no_more_of_itself),
    };

    return cmocka_run_group_tests_name("output_archive", tests, NULL, NULL);
}
