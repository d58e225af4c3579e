/* SPDX-License-Identifier: Apache-2.0 */
#include "run/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BYTES = 1 << 20 };

static char pattern[BYTES];

static void *read_everything(void *context)
{
    const int *fd = context;
    char block[4096];
    size_t length = 0;
    ssize_t got;

    while ((got = read(*fd, block, sizeof(block))) > 0) {
        if (memcmp(block, pattern + length, (size_t)got) != 0)
            return NULL;
        length += (size_t)got;
    }
    return length == BYTES ? context : NULL;
}

static void a_pipe_that_does_not_block_gets_all_of_it(void **state)
{
    int ends[2];
    pthread_t reader;
    void *whole = NULL;

    (void)state;
    for (size_t i = 0; i < BYTES; i++)
        pattern[i] = (char)(i * 7 + i / 256);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(pthread_create(&reader, NULL, read_everything, &ends[0]), 0);
    assert_int_equal(write_whole(ends[1], pattern, BYTES), 0);
    (void)close(ends[1]);
    (void)pthread_join(reader, &whole);
    assert_non_null(whole);
    (void)close(ends[0]);
}

static void a_pipe_without_a_reader_is_told(void **state)
{
    int ends[2];

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    (void)close(ends[0]);
    assert_int_equal(write_whole(ends[1], "x", 1), EPIPE);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_that_does_not_block_gets_all_of_it),
        cmocka_unit_test(a_pipe_without_a_reader_is_told),
    };

    return cmocka_run_group_tests_name("run_relay", tests, NULL, NULL);
}
