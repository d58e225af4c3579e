/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine says while it pulls an image, and a log file brought back from a container. */
#include "init_log.h"
#include "pull_progress.h"

#include "../../../runner_image/maps-init/protocol.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char lines[] =
    "{\"status\":\"Pulling from x\",\"id\":\"latest\"}\n"
    "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":10,\"total\":100},\"id\":\"a\"}\n"
    "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":50,\"total\":100},\"id\":\"b\"}\n"
    "{\"status\":\"Download complete\",\"progressDetail\":{},\"id\":\"a\"}\n";

static void test_progress_is_summed_over_layers_however_the_lines_are_cut(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= strlen(lines); cut++) {
        struct pull_progress progress = { 0 };

        pull_progress_take(&progress, lines, cut);
        pull_progress_take(&progress, lines + cut, strlen(lines) - cut);
        assert_int_equal(pull_progress_percent(&progress), 75);
        assert_string_equal(progress.error, "");
    }
}

static void test_an_error_is_kept_and_a_line_without_end_is_passed_over(void **state)
{
    struct pull_progress progress = { 0 };
    const char error[] = "\n{\"errorDetail\":{},\"error\":\"no basic auth credentials\"}\n";

    (void)state;
    for (int i = 0; i < 3 * PULL_LINE_MAX; i++)
        pull_progress_take(&progress, "x", 1);
    pull_progress_take(&progress, error, strlen(error));
    assert_string_equal(progress.error, "no basic auth credentials");
}

static size_t seen[4];

static int count(void *context, int stream, uint64_t offset, const void *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    assert_int_equal(offset, seen[stream]);
    seen[stream] += length;
    return 0;
}

static void append(FILE *file, uint8_t stream, const char *text)
{
    struct maps_frame frame = {
        .magic = MAPS_FRAME_MAGIC, .stream = stream, .length = (uint32_t)strlen(text), .time_us = 1
    };

    frame.check = maps_frame_check(&frame);
    assert_int_equal(fwrite(&frame, sizeof(frame), 1, file), 1);
    assert_int_equal(fwrite(text, strlen(text), 1, file), 1);
}

static void test_a_log_is_replayed_by_stream_up_to_its_damage(void **state)
{
    char path[] = "/tmp/maps-init-log-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "wb");

    (void)state;
    memset(seen, 0, sizeof(seen));
    append(file, 1, "out");
    append(file, 2, "error");
    append(file, 1, "more");
    assert_int_equal(fflush(file), 0);
    assert_int_equal(init_log_replay(path, count, NULL), 0);
    assert_int_equal(seen[1], 7);
    assert_int_equal(seen[2], 5);
    memset(seen, 0, sizeof(seen));
    assert_int_equal(fwrite("something else that is no frame", 31, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(init_log_replay(path, count, NULL), -EBADMSG);
    assert_int_equal(seen[1], 7);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(init_log_replay(path, count, NULL), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_progress_is_summed_over_layers_however_the_lines_are_cut),
        cmocka_unit_test(test_an_error_is_kept_and_a_line_without_end_is_passed_over),
        cmocka_unit_test(test_a_log_is_replayed_by_stream_up_to_its_damage),
    };

    return cmocka_run_group_tests_name("docker_words", tests, NULL, NULL);
}
