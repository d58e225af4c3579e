/* SPDX-License-Identifier: Apache-2.0 */
/* The server asks itself whether its thread is alive. */
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static bool has_answered(void *context)
{
    const struct stage *stage = context;

    return http_server_answered(stage->server);
}

static void a_live_server_answers_every_question(void **state)
{
    struct stage *stage = *state;

    for (int i = 0; i < 100; i++) {
        assert_true(http_server_ask(stage->server));
        eventually(has_answered, stage, "an answer");
    }
}

static void a_connection_that_idled_out_is_replaced(void **state)
{
    struct stage *stage = *state;

    stage_stop(stage);
    stage->settings.http_idle_timeout_ms = 1;
    stage_start(stage, NULL);
    for (int i = 0; i < 3; i++) {
        assert_true(http_server_ask(stage->server));
        eventually(has_answered, stage, "an answer");
        /* its end is an answer too, once the server has closed it */
        eventually(has_answered, stage, "the end of the connection");
    }
}

static void the_token_is_not_needed(void **state)
{
    struct stage *stage = *state;

    stage_stop(stage);
    stage_start(stage, "a-token-that-is-not-shown");
    assert_true(http_server_ask(stage->server));
    eventually(has_answered, stage, "an answer");
}

int main(void)
{
#define PULSE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
    const struct CMUnitTest tests[] = {
        PULSE_TEST(a_live_server_answers_every_question),
        PULSE_TEST(a_connection_that_idled_out_is_replaced),
        PULSE_TEST(the_token_is_not_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
