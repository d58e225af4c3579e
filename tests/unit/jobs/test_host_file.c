/* SPDX-License-Identifier: Apache-2.0 */
/* Opening files of the host: what a kernel without openat2 means, and copies that are to end. */
#include "job/host_file.h"
#include "job/input_copy.h"
#include "job/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char top[] = "/tmp/maps-host-file-XXXXXX";
static char data_dir[64], folder[64], file[80];
static char *readable[] = { folder, NULL };
static struct settings settings = { .data_dir = data_dir,
                                    .job_readable_paths = readable,
                                    .job_writable_paths = readable,
                                    .job_max_files = 10,
                                    .job_max_input_bytes = 100 };

static int set_up(void **state)
{
    (void)state;
    memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
    if (mkdtemp(top) == NULL)
        return -1;
    (void)snprintf(data_dir, sizeof(data_dir), "%s/data", top);
    (void)snprintf(folder, sizeof(folder), "%s/in", top);
    (void)snprintf(file, sizeof(file), "%s/file", folder);
    if (mkdir(data_dir, 0700) != 0 || mkdir(folder, 0700) != 0)
        return -1;
    int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 || write(fd, "content", 7) != 7 || close(fd) != 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    return tree_remove(AT_FDCWD, top);
}

/* From here on this process has no openat2. */
static void lose_openat2(int errnum)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)errnum),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { .len = sizeof(steps) / sizeof(steps[0]), .filter = steps };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(3);
}

/* 0: refused as it is to be. */
static int refusal_without_openat2(int errnum)
{
    struct host_path path;
    struct stat st;
    int fd = -1;
    struct error *err = host_path_find(&settings, "script_path", file, &path);

    lose_openat2(errnum);
    if (err == NULL)
        err = host_file_open(&path, data_dir, &fd, &st);
    return err != NULL && fd < 0 && err->kind == ERROR_INVALID &&
                   strstr(err->message, "openat2") != NULL
               ? 0
               : 1;
}

static void without_openat2_paths_are_refused(void **state)
{
    static const int errnums[] = { ENOSYS, EPERM };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int status = -1;
        pid_t child = fork();

        if (child == 0)
            _exit(refusal_without_openat2(errnums[i]));
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static struct error *copy(copy_stop_fn stop, struct submission *submission)
{
    int incoming_fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct staging *staging = NULL;
    const struct input_source source = { .settings = &settings,
                                         .incoming_fd = incoming_fd,
                                         .stop = stop };

    submission->record = job_record_new();
    submission->record->input_path = strdup(folder);
    struct error *err = input_copy(&source, submission, &staging);
    staging_free(staging);
    (void)close(incoming_fd);
    return err;
}

static void forget(struct submission *submission)
{
    for (size_t i = 0; i < submission->file_count; i++) {
        free(submission->files[i].path);
        free(submission->files[i].staged);
    }
    free(submission->files);
    job_record_free(submission->record);
}

static void inputs_are_staged(void **state)
{
    struct submission submission = { .file_count = 0 };

    (void)state;
    assert_null(copy(NULL, &submission));
    assert_int_equal(submission.file_count, 1);
    assert_string_equal(submission.files[0].path, "file");
    assert_int_equal(submission.files[0].length, 7);
    assert_non_null(submission.files[0].staged);
    forget(&submission);
}

static void a_host_that_stops_ends_the_copy_and_leaves_nothing(void **state)
{
    struct submission submission = { .file_count = 0 };

    (void)state;
    struct error *err = copy(always, &submission);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_UNAVAILABLE);
    error_free(err);
    forget(&submission);
    assert_int_equal(rmdir(data_dir), 0); /* it is empty */
}

int main(void)
{
#define FILE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FILE_TEST(without_openat2_paths_are_refused),
        FILE_TEST(inputs_are_staged),
        FILE_TEST(a_host_that_stops_ends_the_copy_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
