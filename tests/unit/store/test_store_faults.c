/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong around the store: crashes, full disks, damage, a second host. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- kill -9 ---- */

/* Inserts jobs for ever and writes one byte per answer, until it is killed, or until
 * nobody reads any more. */
static void insert_until_killed(const char *folder, const int channel[2])
{
    struct store *store = NULL;

    (void)close(channel[0]);
    if (store_open(folder, &store) != NULL)
        _exit(1);
    for (int i = 0;; i++) {
        struct job_record *record = job_record_new(), *stored = NULL;

        (void)snprintf(record->id, sizeof(record->id), "job-%d", i);
        if (store_wait_insert(store, record, &stored) != NULL || write(channel[1], "x", 1) != 1)
            _exit(1);
        job_record_free(stored);
    }
}

static void what_was_answered_survives_kill_9(void **state)
{
    enum { ANSWERS = 300 };
    char byte, id[JOB_ID_BYTES];
    int channel[2], answered = 0, status;

    assert_int_equal(pipe(channel), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        insert_until_killed(*state, channel);
    (void)close(channel[1]);
    while (answered < ANSWERS && read(channel[0], &byte, 1) == 1)
        answered++;
    assert_int_equal(answered, ANSWERS);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(channel[0], &byte, 1) == 1)
        answered++;
    (void)close(channel[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));

    struct store *store = fixture_open(*state);
    for (int i = 0; i < answered; i++) {
        (void)snprintf(id, sizeof(id), "job-%d", i);
        assert_int_equal(fixture_status(store, id), JOB_QUEUED);
    }
    store_close(store);
}

/* ---- the data folder ---- */

static void a_second_opener_is_told_who_is_first(void **state)
{
    struct store *store = fixture_open(*state), *second = NULL;
    char words[64];

    (void)snprintf(words, sizeof(words), "in use by process %ld (", (long)getpid());
    fixture_expect_error(store_open(*state, &second), ERROR_UNAVAILABLE, words);
    assert_null(second);
    fixture_expect_error(store_open(*state, &second), ERROR_UNAVAILABLE, "MAPS_DATA_DIR");
    store_close(store);
    store_close(fixture_open(*state));
}

static void missing_folders_are_made_for_this_user_only(void **state)
{
    char *folder = fixture_path(*state, "a/b/c");
    char *file = fixture_path(folder, "store.db");
    struct stat status;

    store_close(fixture_open(folder));
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    free(file);
    free(folder);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

static char *read_file(const char *path, size_t *length)
{
    FILE *in = fopen(path, "r");
    char *bytes = NULL;

    assert_non_null(in);
    *length = 0;
    assert_true(getdelim(&bytes, length, EOF, in) > 0);
    *length = (size_t)ftell(in);
    (void)fclose(in);
    return bytes;
}

static void a_data_folder_that_is_a_file_is_refused(void **state)
{
    char *path = fixture_path(*state, "file");
    struct store *store = NULL;

    write_file(path, "x", 1);
    fixture_expect_error(store_open(path, &store), ERROR_INVALID, "not a folder");
    free(path);
}

/* ---- damage ---- */

static void expect_refused_untouched(const char *folder, const char *words)
{
    char *path = fixture_path(folder, "store.db");
    size_t length_before, length_after;
    char *before = read_file(path, &length_before), *after;
    struct store *store = NULL;

    fixture_expect_error(store_open(folder, &store), ERROR_STORAGE, words);
    assert_null(store);
    after = read_file(path, &length_after);
    assert_int_equal(length_before, length_after);
    assert_memory_equal(before, after, length_before);
    free(before);
    free(after);
    free(path);
}

static void a_file_that_is_no_database_is_left_alone(void **state)
{
    char *path = fixture_path(*state, "store.db");
    char text[5000];

    memset(text, 'x', sizeof(text));
    write_file(path, text, sizeof(text));
    expect_refused_untouched(*state, "not a database");
    free(path);
}

static void a_damaged_database_is_left_alone(void **state)
{
    char *path = fixture_path(*state, "store.db");
    struct store *store = fixture_open(*state);
    char garbage[4096 - 100];

    for (int i = 0; i < 200; i++) {
        char id[JOB_ID_BYTES];

        (void)snprintf(id, sizeof(id), "job-%d", i);
        job_record_free(fixture_insert(store, id));
    }
    store_close(store);
    memset(garbage, 0x5a, sizeof(garbage));
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    /* Not the first page: that would be no database at all. */
    for (off_t page = 2; page < 12; page++)
        assert_int_equal(pwrite(fd, garbage, sizeof(garbage), page * 4096 + 50), sizeof(garbage));
    assert_int_equal(close(fd), 0);
    expect_refused_untouched(*state, "damaged");
    free(path);
}

/* ---- a disk that fails and comes back ---- */

/* Inserts until the disk is full, and checks that this is said and costs nothing. */
static int fill_until_refused(struct store *store)
{
    char id[JOB_ID_BYTES];

    for (int i = 0; i < 100000; i++) {
        struct job_record *record = NULL;

        (void)snprintf(id, sizeof(id), "job-%d", i);
        struct error *err = store_wait_insert(store, fixture_record(id), &record);
        job_record_free(record);
        if (err == NULL)
            continue;
        assert_null(record);
        fixture_expect_error(err, ERROR_STORAGE, "Free space");
        return i;
    }
    fail_msg("the disk was never full");
    return -1;
}

static void wait_until_healthy(struct store *store)
{
    time_t deadline = time(NULL) + 60;

    for (;;) {
        ERROR_AUTO err = store_health(store);

        if (err == NULL)
            return;
        if (time(NULL) > deadline)
            fail_msg("still: %s", err->message);
        (void)usleep(20000);
    }
}

/* free_space is called once the disk is full. */
static void fill_and_recover(const char *folder, struct store *store,
                             void (*free_space)(void *context), void *context)
{
    char id[JOB_ID_BYTES];
    int stored = fill_until_refused(store);

    assert_true(stored > 0);
    struct error *health = store_health(store);
    assert_non_null(health);
    error_free(health);
    assert_int_equal(fixture_status(store, "job-0"), JOB_QUEUED); /* reading goes on */
    free_space(context);
    wait_until_healthy(store); /* by itself: nobody writes */
    (void)snprintf(id, sizeof(id), "job-%d", stored);
    job_record_free(fixture_insert(store, id));
    store_close(store);

    store = fixture_open(folder);
    for (int i = 0; i <= stored; i++) {
        (void)snprintf(id, sizeof(id), "job-%d", i);
        assert_int_equal(fixture_status(store, id), JOB_QUEUED);
    }
    store_close(store);
}

static void lift_file_size_limit(void *context)
{
    assert_int_equal(setrlimit(RLIMIT_FSIZE, context), 0);
}

static void writes_that_fail_are_refused_and_work_again_later(void **state)
{
    struct store *store = fixture_open(*state);
    struct rlimit before, small;

    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 512 * 1024;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    fill_and_recover(*state, store, lift_file_size_limit, &before);
}

static void remove_ballast(void *context)
{
    assert_int_equal(unlink(context), 0);
}

/* A small disk of its own, with a file on it that can be removed; skips the test without
 * the right to mount.  Caller frees both paths. */
static void mount_small_disk(const char *parent, char **folder, char **ballast)
{
    char zeros[4096] = { 0 };

    *folder = fixture_path(parent, "disk");
    *ballast = fixture_path(*folder, "ballast");
    assert_int_equal(mkdir(*folder, 0700), 0);
    if (mount("tmpfs", *folder, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") != 0) {
        print_message("skipped: mounting a tmpfs needs root (%s)\n", strerror(errno));
        free(*ballast);
        free(*folder);
        skip();
    }
    FILE *out = fopen(*ballast, "w");
    assert_non_null(out);
    for (int i = 0; i < 100; i++)
        assert_int_equal(fwrite(zeros, 1, sizeof(zeros), out), sizeof(zeros));
    assert_int_equal(fclose(out), 0);
}

static void a_full_disk_is_survived(void **state)
{
    char *folder, *ballast;

    mount_small_disk(*state, &folder, &ballast);
    fill_and_recover(folder, fixture_open(folder), remove_ballast, ballast);
    assert_int_equal(umount(folder), 0);
    free(ballast);
    free(folder);
}

static void a_host_can_start_and_read_on_a_full_disk(void **state)
{
    char *folder, *ballast;

    mount_small_disk(*state, &folder, &ballast);
    struct store *store = fixture_open(folder);
    int stored = fill_until_refused(store);
    store_close(store);

    store = fixture_open(folder);
    assert_int_equal(fixture_status(store, "job-0"), JOB_QUEUED);
    remove_ballast(ballast);
    wait_until_healthy(store);
    for (int i = 0; i < stored; i++) {
        char id[JOB_ID_BYTES];

        (void)snprintf(id, sizeof(id), "job-%d", i);
        assert_true(fixture_move(store, id, IN(JOB_QUEUED), JOB_STARTING));
    }
    store_close(store);
    assert_int_equal(umount(folder), 0);
    free(ballast);
    free(folder);
}

/* A test that fails must not leave its mount behind. */
static int unmount_and_remove(void **state)
{
    char *folder = fixture_path(*state, "disk");

    (void)umount2(folder, MNT_DETACH);
    free(folder);
    return fixture_teardown(state);
}

int main(void)
{
#define STORE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_was_answered_survives_kill_9),
        STORE_TEST(a_second_opener_is_told_who_is_first),
        STORE_TEST(missing_folders_are_made_for_this_user_only),
        STORE_TEST(a_data_folder_that_is_a_file_is_refused),
        STORE_TEST(a_file_that_is_no_database_is_left_alone),
        STORE_TEST(a_damaged_database_is_left_alone),
        STORE_TEST(writes_that_fail_are_refused_and_work_again_later),
        cmocka_unit_test_setup_teardown(a_full_disk_is_survived, fixture_setup, unmount_and_remove),
        cmocka_unit_test_setup_teardown(a_host_can_start_and_read_on_a_full_disk, fixture_setup,
                                        unmount_and_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
