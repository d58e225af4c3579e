/* SPDX-License-Identifier: Apache-2.0 */
/* What plugin and supervisor leave for each other survives writing and reading, and what is
 * damaged is refused. */
#include "../../../plugins/common/files.h"
#include "../../../plugins/sandbox/identity.h"
#include "../../../plugins/sandbox/order.h"
#include "../../../plugins/sandbox/records.h"
#include "../../../plugins/sandbox/result.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void records_are_taken_one_by_one(void **state)
{
    char text[] = "a=1\nnoise\n\nb=x=y\nc=";
    char *cursor = text, *end = text + sizeof(text) - 1;
    struct record record;

    (void)state;
    assert_true(record_next(&cursor, end, '\n', &record));
    assert_string_equal(record.key, "a");
    assert_string_equal(record.value, "1");
    assert_true(record_next(&cursor, end, '\n', &record));
    assert_string_equal(record.key, "b");
    assert_string_equal(record.value, "x=y");
    assert_true(record_next(&cursor, end, '\n', &record));
    assert_string_equal(record.key, "c");
    assert_string_equal(record.value, "");
    assert_false(record_next(&cursor, end, '\n', &record));
}

static void only_plain_decimal_numbers_are_numbers(void **state)
{
    static const char *const wrong[] = { "", "-1", " 1", "1 ", "0x1", "18446744073709551616" };
    uint64_t number = 7;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(record_number(wrong[i], &number));
    assert_int_equal(number, 7);
    assert_true(record_number("18446744073709551615", &number));
    assert_true(number == UINT64_MAX);
}

static void a_start_time_is_found_behind_any_command_name(void **state)
{
    uint64_t ticks = 0;

    (void)state;
    assert_true(identity_parse_stat("12 (a) b) 1) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "
                                    "4711 20 21",
                                    &ticks));
    assert_int_equal(ticks, 4711);
    assert_false(identity_parse_stat("12 (x) S 1 2 3", &ticks));
    assert_false(identity_parse_stat("", &ticks));
}

static int temporary_dir(char *path)
{
    assert_non_null(mkdtemp(path));
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void a_process_is_found_again_only_while_it_lives(void **state)
{
    char path[] = "/tmp/maps-identity-XXXXXX";
    int dir = temporary_dir(path), pidfd, status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        pause();
        _exit(0);
    }
    assert_int_equal(identity_open(dir, "p", 1), -ENOENT);
    assert_int_equal(identity_write(dir, "p", 1, pid), 0);
    pidfd = identity_open(dir, "p", 1);
    assert_true(pidfd >= 0);
    assert_int_equal(identity_open(dir, "p", 2), -ESRCH);
    assert_false(pidfd_wait(pidfd, 0));
    assert_int_equal(pidfd_kill(pidfd, SIGKILL), 0);
    assert_true(pidfd_wait(pidfd, 30000));
    close(pidfd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(identity_open(dir, "p", 1), -ESRCH);
    unlinkat(dir, "p", 0);
    close(dir);
    rmdir(path);
}

/* A pid that was given out again, or a record from before the last boot. */
static void another_process_with_that_pid_is_not_taken_for_it(void **state)
{
    char path[] = "/tmp/maps-identity-XXXXXX", text[512];
    int dir = temporary_dir(path), length;
    char boot_id[64];

    (void)state;
    assert_true(
        file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id)) > 0);
    length = snprintf(text, sizeof(text), "attempt=1\npid=%d\nstart_ticks=1\nboot_id=%s",
                      (int)getpid(), boot_id);
    assert_int_equal(file_replace_at(dir, "p", text, (size_t)length, true), 0);
    assert_int_equal(identity_open(dir, "p", 1), -ESRCH);

    assert_int_equal(identity_write(dir, "p", 1, getpid()), 0);
    length = (int)file_read_at(dir, "p", text, sizeof(text));
    assert_true(length > 0);
    text[length - 2] = text[length - 2] == '0' ? '1' : '0';
    assert_int_equal(file_replace_at(dir, "p", text, (size_t)length, true), 0);
    assert_int_equal(identity_open(dir, "p", 1), -ESRCH);
    unlinkat(dir, "p", 0);
    close(dir);
    rmdir(path);
}

static struct order sample_order(char **readonly_paths)
{
    return (struct order){ .attempt = 3,
                           .uid = 7,
                           .gid = 8,
                           .drop_privileges = true,
                           .timeout_ms = UINT64_MAX,
                           .tmp_bytes = 1,
                           .shm_bytes = 2,
                           .object_name = (char *)"runner-x",
                           .bwrap = (char *)"/usr/bin/bwrap",
                           .init = (char *)"/init",
                           .script = (char *)"/a path\nwith=odd characters",
                           .script_name = (char *)"script.py",
                           .request = (char *)"/r",
                           .input = (char *)"/i",
                           .output = (char *)"/o",
                           .control = (char *)"/c",
                           .readonly_paths = readonly_paths,
                           .limits = { .memory_bytes = 64, .pids = 5 },
                           .cgroup = { .mode = CGROUP_V2, .dir = { NULL, (char *)"/g", NULL } } };
}

static void an_order_survives_writing_and_reading(void **state)
{
    char usr[] = "/usr", opt[] = "/opt";
    char *paths[] = { usr, opt, NULL };
    struct order written = sample_order(paths), read;
    struct fault fault;
    size_t length;
    char *text = order_format(&written, &length);

    (void)state;
    assert_non_null(text);
    assert_int_equal(order_parse(text, length, &read, &fault), 0);
    assert_true(order_has_job(&read));
    assert_int_equal(read.attempt, 3);
    assert_true(read.drop_privileges && !read.host_network);
    assert_true(read.timeout_ms == UINT64_MAX);
    assert_string_equal(read.script, written.script);
    assert_string_equal(read.readonly_paths[1], "/opt");
    assert_null(read.readonly_paths[2]);
    assert_int_equal(read.limits.memory_bytes, 64);
    assert_int_equal(read.limits.size, sizeof(struct maps_limits));
    assert_int_equal(read.cgroup.mode, CGROUP_V2);
    assert_string_equal(read.cgroup.dir[CGROUP_PIDS], "/g");
    assert_null(read.cgroup.dir[CGROUP_MEMORY]);
    order_clear(&read);
    free(text);
}

static void a_foreign_order_is_refused(void **state)
{
    static const char *const wrong[] = { "", "surprise=1", "attempt=x", "cgroup.mode=9" };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[32];
        struct fault fault;
        struct order order;

        snprintf(text, sizeof(text), "%s", wrong[i]);
        assert_int_equal(order_parse(text, strlen(text), &order, &fault), -EBADMSG);
        assert_non_null(strstr(fault.text, "of one version"));
        order_clear(&order);
    }
}

static void a_result_survives_writing_and_reading(void **state)
{
    char path[] = "/tmp/maps-result-XXXXXX";
    int dir = temporary_dir(path);
    struct result written = { .attempt = 2,
                              .cause = RESULT_ENDED,
                              .wait_status = 0x300,
                              .oom_kills = 4,
                              .message = "two\nlines\tand a tab" };
    struct result read;

    (void)state;
    assert_int_equal(result_read(dir, 2, &read), -ENOENT);
    assert_int_equal(result_write(dir, &written), 0);
    assert_int_equal(result_read(dir, 1, &read), -ENOENT);
    assert_int_equal(result_read(dir, 2, &read), 0);
    assert_int_equal(read.cause, RESULT_ENDED);
    assert_int_equal(read.wait_status, 0x300);
    assert_int_equal(read.oom_kills, 4);
    assert_string_equal(read.message, "two lines and a tab");
    unlinkat(dir, RESULT_FILE, 0);
    close(dir);
    rmdir(path);
}

static void a_damaged_result_is_refused(void **state)
{
    static const char *const wrong[] = { "",
                                         "attempt=1\n",
                                         "cause=ended\nwait_status=0\n",
                                         "attempt=1\ncause=ended\nwait_status=-1\n",
                                         "attempt=1\ncause=luck\n",
                                         "attempt=-1\ncause=lost\n" };
    struct result result;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[64];

        snprintf(text, sizeof(text), "%s", wrong[i]);
        assert_false(result_parse(text, strlen(text), &result));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_taken_one_by_one),
        cmocka_unit_test(only_plain_decimal_numbers_are_numbers),
        cmocka_unit_test(a_start_time_is_found_behind_any_command_name),
        cmocka_unit_test(a_process_is_found_again_only_while_it_lives),
        cmocka_unit_test(another_process_with_that_pid_is_not_taken_for_it),
        cmocka_unit_test(an_order_survives_writing_and_reading),
        cmocka_unit_test(a_foreign_order_is_refused),
        cmocka_unit_test(a_result_survives_writing_and_reading),
        cmocka_unit_test(a_damaged_result_is_refused),
    };

    return cmocka_run_group_tests_name("sandbox records", tests, NULL, NULL);
}
