/* SPDX-License-Identifier: Apache-2.0 */
#include "job/folder.h"
#include "job/tree.h"

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

enum { RUNNER_UID = 64738 };

static char top[] = "/tmp/maps-folder-XXXXXX";
static struct folders *folders;

static int set_up(void **state)
{
    (void)state;
    memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
    if (mkdtemp(top) == NULL)
        return -1;
    return folders_open(top, RUNNER_UID, RUNNER_UID, &folders) == NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    folders_close(folders);
    return tree_remove(AT_FDCWD, top);
}

static struct error *create(const char *id, struct submission_file *files, size_t file_count)
{
    struct job_record *record = job_record_new();
    struct submission submission = { .record = record,
                                     .script = strdup("print(1)"),
                                     .script_length = 8,
                                     .request = strdup("{}"),
                                     .request_length = 2,
                                     .files = files,
                                     .file_count = file_count };

    (void)snprintf(record->id, sizeof(record->id), "%s", id);
    record->script_name = strdup("script.py");
    struct error *err = folder_create(folders, &submission);
    free(submission.script);
    free(submission.request);
    job_record_free(record);
    return err;
}

static bool exists(const char *relative)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", top, relative);
    return access(path, F_OK) == 0;
}

static void write_in(const char *relative)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", top, relative);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
}

static uid_t owner_of(const char *relative)
{
    char path[512];
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s/%s", top, relative);
    assert_int_equal(stat(path, &st), 0);
    return st.st_uid;
}

static void everything_is_laid_out(void **state)
{
    struct submission_file files[] = {
        { .path = strdup("a/b/c.txt"), .bytes = strdup("deep"), .length = 4 },
        { .path = strdup("top.txt"), .bytes = strdup(""), .length = 0 }
    };

    (void)state;
    assert_null(create("job1", files, 2));
    assert_true(exists("jobs/job1/script.py"));
    assert_true(exists("jobs/job1/request.json"));
    assert_true(exists("jobs/job1/input/a/b/c.txt"));
    assert_true(exists("jobs/job1/input/top.txt"));
    assert_true(exists("jobs/job1/runtime"));
    uid_t runner = geteuid() == 0 ? RUNNER_UID : geteuid();
    assert_int_equal(owner_of("jobs/job1/output"), runner);
    assert_int_equal(owner_of("jobs/job1/control"), runner);
    assert_int_equal(owner_of("jobs/job1/input"), geteuid());
    for (size_t i = 0; i < 2; i++) {
        free(files[i].path);
        free(files[i].bytes);
    }
}

static void staged_files_are_moved_and_readable(void **state)
{
    struct submission_file files[] = { { .path = strdup("a/b"), .staged = strdup("up/0") } };
    struct stat st;
    char path[512];

    (void)state;
    assert_int_equal(mkdirat(folders_incoming(folders), "up", 0700), 0);
    write_in("incoming/up/0");
    assert_null(create("staged", files, 1));
    assert_false(exists("incoming/up/0"));
    (void)snprintf(path, sizeof(path), "%s/jobs/staged/input/a/b", top);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    free(files[0].path);
    free(files[0].staged);
}

static void a_staged_file_that_is_gone_makes_no_job(void **state)
{
    struct submission_file files[] = { { .path = strdup("a"), .staged = strdup("up/0") } };

    (void)state;
    ERROR_AUTO err = create("gone", files, 1);
    assert_non_null(err);
    assert_false(exists("jobs/gone"));
    free(files[0].path);
    free(files[0].staged);
}

static void what_was_still_arriving_goes_to_the_trash(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(folders_incoming(folders), "up", 0700), 0);
    write_in("incoming/up/0");
    folders_drop_incoming(folders);
    assert_false(exists("incoming/up"));
    folders_empty_trash(folders);
    assert_false(exists("trash/up"));
}

static void an_id_in_use_is_a_conflict(void **state)
{
    (void)state;
    assert_null(create("job1", NULL, 0));
    struct error *err = create("job1", NULL, 0);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_CONFLICT);
    assert_string_equal(err->field, "job_id");
    error_free(err);
    assert_true(exists("jobs/job1/script.py"));
}

static void files_that_collide_leave_nothing_behind(void **state)
{
    struct submission_file files[] = {
        { .path = strdup("a"), .bytes = strdup("x"), .length = 1 },
        { .path = strdup("a/b"), .bytes = strdup("y"), .length = 1 }
    };

    (void)state;
    struct error *err = create("job2", files, 2);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_INVALID);
    assert_string_equal(err->field, "files");
    error_free(err);
    assert_false(exists("jobs/job2"));
    for (size_t i = 0; i < 2; i++) {
        free(files[i].path);
        free(files[i].bytes);
    }
}

static void a_reset_keeps_what_was_submitted(void **state)
{
    (void)state;
    assert_null(create("job3", NULL, 0));
    write_in("jobs/job3/control/started-1");
    write_in("jobs/job3/runtime/supervisor");
    assert_null(folder_reset(folders, "job3"));
    assert_false(exists("jobs/job3/control/started-1"));
    assert_false(exists("jobs/job3/runtime/supervisor"));
    assert_true(exists("jobs/job3/control"));
    assert_true(exists("jobs/job3/script.py"));
}

/* Tells something only to who is not root: root may look into everything. */
static void an_output_folder_closed_by_its_script_is_opened(void **state)
{
    char path[128];

    (void)state;
    assert_null(create("a", NULL, 0));
    (void)snprintf(path, sizeof(path), "%s/jobs/a/output", top);
    assert_int_equal(chmod(path, 0), 0);
    int fd = folder_open_output(folders, "a");

    assert_true(fd >= 0);
    (void)close(fd);
}

static void removal_frees_the_id_and_empties_the_trash(void **state)
{
    (void)state;
    assert_null(create("job4", NULL, 0));
    assert_null(folder_remove(folders, "job4"));
    assert_false(exists("jobs/job4"));
    assert_null(folder_remove(folders, "job4"));
    assert_null(create("job4", NULL, 0));
    write_in("trash/left-by-a-crash");
    folders_empty_trash(folders);
    assert_false(exists("trash/left-by-a-crash"));
}

static void count_job(void *context, const char *job_id)
{
    assert_string_equal(job_id, "job5");
    ++*(int *)context;
}

static void only_job_folders_are_listed(void **state)
{
    int count = 0;

    (void)state;
    assert_null(create("job5", NULL, 0));
    write_in("jobs/.hidden");
    assert_null(folders_each(folders, count_job, &count));
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_is_laid_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(staged_files_are_moved_and_readable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_staged_file_that_is_gone_makes_no_job, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_still_arriving_goes_to_the_trash, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_id_in_use_is_a_conflict, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_collide_leave_nothing_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reset_keeps_what_was_submitted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_output_folder_closed_by_its_script_is_opened, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(removal_frees_the_id_and_empties_the_trash, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_job_folders_are_listed, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
