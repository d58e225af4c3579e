/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine reads from an archive is what was added to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <tarball.h>
#include <unistd.h>

static struct tarball *new_tarball(void)
{
    struct tarball *tarball = tarball_new();

    assert_non_null(tarball);
    return tarball;
}

/* libarchive's reader on tarball_read, in pieces of an odd size. */
struct reader {
    struct tarball *tarball;
    struct archive *archive;
    char buffer[777];
};

static la_ssize_t pull(struct archive *archive, void *context, const void **bytes)
{
    struct reader *reader = context;
    long got = tarball_read(reader->tarball, reader->buffer, sizeof(reader->buffer));

    (void)archive;
    *bytes = reader->buffer;
    return got;
}

static void open_reader(struct reader *reader, struct tarball *tarball)
{
    reader->tarball = tarball;
    reader->archive = archive_read_new();
    assert_non_null(reader->archive);
    assert_int_equal(archive_read_support_format_tar(reader->archive), ARCHIVE_OK);
    assert_int_equal(archive_read_open(reader->archive, reader, NULL, pull, NULL), ARCHIVE_OK);
}

static void close_reader(struct reader *reader)
{
    struct archive_entry *entry;

    assert_int_equal(archive_read_next_header(reader->archive, &entry), ARCHIVE_EOF);
    assert_int_equal(archive_read_free(reader->archive), ARCHIVE_OK);
    tarball_free(reader->tarball);
}

static struct archive_entry *next_entry(struct reader *reader, const char *path, mode_t mode)
{
    struct archive_entry *entry;

    if (archive_read_next_header(reader->archive, &entry) != ARCHIVE_OK)
        fail_msg("instead of %s: %s", path, archive_error_string(reader->archive));
    assert_string_equal(archive_entry_pathname(entry), path);
    assert_int_equal(archive_entry_mode(entry), mode);
    return entry;
}

static void assert_body(struct reader *reader, const char *text)
{
    char bytes[256];
    la_ssize_t length = archive_read_data(reader->archive, bytes, sizeof(bytes));

    assert_int_equal(length, strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
}

static void entries_keep_order_mode_owner_and_bytes(void **state)
{
    struct scratch *scratch = *state;
    struct tarball *tarball = new_tarball();
    struct reader reader;
    struct archive_entry *entry;
    struct fault fault;
    char source[64];

    scratch_write(scratch, "source", "from disk", 9);
    (void)snprintf(source, sizeof(source), "%s/source", scratch->path);
    assert_int_equal(tarball_add_folder(tarball, "job", 0755, 0, 0, &fault), 0);
    assert_int_equal(tarball_add_folder(tarball, "job/output", 0700, 3000000, 7, &fault), 0);
    assert_int_equal(tarball_add_bytes(tarball, "job/a", 0444, 1000, 8, "in memory", 9, &fault), 0);
    assert_int_equal(tarball_add_bytes(tarball, "job/none", 0600, 0, 0, NULL, 0, &fault), 0);
    assert_int_equal(tarball_add_file(tarball, "job/b", 0555, 0, 0, source, &fault), 0);
    open_reader(&reader, tarball);
    next_entry(&reader, "job/", S_IFDIR | 0755);
    entry = next_entry(&reader, "job/output/", S_IFDIR | 0700);
    assert_int_equal(archive_entry_uid(entry), 3000000);
    assert_int_equal(archive_entry_gid(entry), 7);
    entry = next_entry(&reader, "job/a", S_IFREG | 0444);
    assert_int_equal(archive_entry_uid(entry), 1000);
    assert_body(&reader, "in memory");
    next_entry(&reader, "job/none", S_IFREG | 0600);
    assert_body(&reader, "");
    next_entry(&reader, "job/b", S_IFREG | 0555);
    assert_body(&reader, "from disk");
    close_reader(&reader);
}

static void names_of_any_bytes_and_length_arrive(void **state)
{
    struct tarball *tarball = new_tarball();
    struct reader reader;
    struct fault fault;
    char long_name[400];

    (void)state;
    (void)memset(long_name, 'n', sizeof(long_name) - 1);
    long_name[200] = '/';
    long_name[sizeof(long_name) - 1] = '\0';
    assert_int_equal(tarball_add_bytes(tarball, long_name, 0600, 0, 0, "1", 1, &fault), 0);
    assert_int_equal(
        tarball_add_bytes(tarball, "gr\xc3\xbc\xc3\x9f \xff\n", 0600, 0, 0, "2", 1, &fault), 0);
    open_reader(&reader, tarball);
    next_entry(&reader, long_name, S_IFREG | 0600);
    assert_body(&reader, "1");
    next_entry(&reader, "gr\xc3\xbc\xc3\x9f \xff\n", S_IFREG | 0600);
    assert_body(&reader, "2");
    close_reader(&reader);
}

static void paths_that_lead_out_are_refused(void **state)
{
    static const char *const paths[] = { "", "/a", "..", "../a", "a/..", "a/../b" };
    static const char *const fine[] = { "..a", "a..", "a/...", "a/..b/c" };
    struct tarball *tarball = new_tarball();
    struct fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_int_equal(tarball_add_folder(tarball, paths[i], 0700, 0, 0, &fault), -EINVAL);
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        assert_int_equal(tarball_add_folder(tarball, fine[i], 0700, 0, 0, &fault), 0);
    tarball_free(tarball);
}

static void an_archive_of_nothing_is_an_archive(void **state)
{
    struct tarball *tarball = new_tarball();
    char bytes[4096];
    long length = 0, got;

    (void)state;
    while ((got = tarball_read(tarball, bytes + length, 100)) > 0)
        length += got;
    assert_int_equal(got, 0);
    assert_int_equal(length, 1024);
    assert_int_equal(tarball_read(tarball, bytes, 100), 0);
    tarball_free(tarball);
}

static void only_files_and_folders_of_a_tree_are_taken(void **state)
{
    struct scratch *scratch = *state;
    struct tarball *tarball = new_tarball();
    struct archive_entry *entry;
    struct reader reader;
    struct fault fault;
    char tree[64];
    int files = 0, folders = 0;

    scratch_folder(scratch, "tree");
    scratch_folder(scratch, "tree/sub");
    scratch_folder(scratch, "tree/empty");
    scratch_write(scratch, "tree/one", "1", 1);
    scratch_write(scratch, "tree/sub/two", "2", 1);
    assert_int_equal(symlinkat("/etc/passwd", scratch->fd, "tree/link"), 0);
    assert_int_equal(symlinkat("/etc", scratch->fd, "tree/sub/folder-link"), 0);
    assert_int_equal(mkfifoat(scratch->fd, "tree/fifo", 0600), 0);
    (void)snprintf(tree, sizeof(tree), "%s/tree", scratch->path);
    assert_int_equal(tarball_add_tree(tarball, "job/input", tree, &fault), 0);
    open_reader(&reader, tarball);
    while (archive_read_next_header(reader.archive, &entry) == ARCHIVE_OK) {
        const char *path = archive_entry_pathname(entry);

        assert_int_equal(archive_entry_uid(entry), 0);
        if (archive_entry_filetype(entry) == AE_IFDIR) {
            assert_true(strcmp(path, "job/input/sub/") == 0 ||
                        strcmp(path, "job/input/empty/") == 0);
            assert_int_equal(archive_entry_perm(entry), 0755);
            folders++;
            continue;
        }
        assert_true(strcmp(path, "job/input/one") == 0 || strcmp(path, "job/input/sub/two") == 0);
        assert_int_equal(archive_entry_perm(entry), 0644);
        assert_body(&reader, path[strlen(path) - 1] == 'e' ? "1" : "2");
        files++;
    }
    assert_int_equal(files, 2);
    assert_int_equal(folders, 2);
    assert_int_equal(archive_read_free(reader.archive), ARCHIVE_OK);
    tarball_free(tarball);
}

static void what_cannot_be_read_is_told_when_it_is_added(void **state)
{
    struct scratch *scratch = *state;
    struct tarball *tarball = new_tarball();
    struct fault fault;

    assert_int_equal(tarball_add_file(tarball, "a", 0600, 0, 0, "/nonexistent/a", &fault), -ENOENT);
    assert_non_null(strstr(fault.text, "/nonexistent/a"));
    assert_int_equal(tarball_add_file(tarball, "a", 0600, 0, 0, scratch->path, &fault), -EINVAL);
    assert_int_equal(tarball_add_tree(tarball, "a", "/nonexistent/b", &fault), -ENOENT);
    assert_non_null(strstr(fault.text, "/nonexistent/b"));
    tarball_free(tarball);
}

static long read_to_end(struct tarball *tarball)
{
    char bytes[1000];
    long got;

    while ((got = tarball_read(tarball, bytes, sizeof(bytes))) > 0)
        continue;
    return got;
}

static void a_file_that_changes_meanwhile_ends_the_archive(void **state)
{
    struct scratch *scratch = *state;
    static const char *const later[] = { "short", "longer than it was" };
    struct fault fault;
    char source[64];

    (void)snprintf(source, sizeof(source), "%s/source", scratch->path);
    for (int i = 0; i < 2; i++) {
        struct tarball *tarball = new_tarball();

        scratch_write(scratch, "source", "original", 8);
        assert_int_equal(tarball_add_file(tarball, "a", 0600, 0, 0, source, &fault), 0);
        scratch_write(scratch, "source", later[i], strlen(later[i]));
        assert_int_equal(read_to_end(tarball), -ESTALE);
        assert_int_equal(read_to_end(tarball), -ESTALE);
        tarball_free(tarball);
    }
}

static void a_link_that_replaces_a_file_of_a_tree_is_not_followed(void **state)
{
    struct scratch *scratch = *state;
    struct tarball *tarball = new_tarball();
    struct fault fault;
    char tree[64];

    scratch_folder(scratch, "tree");
    scratch_write(scratch, "tree/file", "x", 1);
    scratch_write(scratch, "secret", "s", 1);
    (void)snprintf(tree, sizeof(tree), "%s/tree", scratch->path);
    assert_int_equal(tarball_add_tree(tarball, "input", tree, &fault), 0);
    assert_int_equal(unlinkat(scratch->fd, "tree/file", 0), 0);
    assert_int_equal(symlinkat("../secret", scratch->fd, "tree/file"), 0);
    assert_int_equal(read_to_end(tarball), -ELOOP);
    tarball_free(tarball);
}

/* Of a file that would not fit into memory if it were held there. */
static void large_files_take_no_memory(void **state)
{
    struct scratch *scratch = *state;
    struct tarball *tarball = new_tarball();
    const off_t size = 256 << 20;
    struct rusage before, after;
    struct fault fault;
    char source[64];

    scratch_write(scratch, "source", "x", 1);
    (void)snprintf(source, sizeof(source), "%s/source", scratch->path);
    assert_int_equal(truncate(source, size), 0);
    assert_int_equal(tarball_add_file(tarball, "a", 0600, 0, 0, source, &fault), 0);
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    assert_int_equal(read_to_end(tarball), 0);
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_true(after.ru_maxrss - before.ru_maxrss < 16 * 1024); /* KiB */
    tarball_free(tarball);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(entries_keep_order_mode_owner_and_bytes),
        cmocka_unit_test(names_of_any_bytes_and_length_arrive),
        cmocka_unit_test(paths_that_lead_out_are_refused),
        cmocka_unit_test(an_archive_of_nothing_is_an_archive),
        WITH_FOLDER(only_files_and_folders_of_a_tree_are_taken),
        WITH_FOLDER(what_cannot_be_read_is_told_when_it_is_added),
        WITH_FOLDER(a_file_that_changes_meanwhile_ends_the_archive),
        WITH_FOLDER(a_link_that_replaces_a_file_of_a_tree_is_not_followed),
        WITH_FOLDER(large_files_take_no_memory),
    };

    return cmocka_run_group_tests_name("tarball", tests, NULL, NULL);
}
