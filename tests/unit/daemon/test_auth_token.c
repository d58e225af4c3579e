/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_token.h"
#include "base/log.h"
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

static char top[] = "/tmp/maps-token-XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
    (void)snprintf(path, sizeof(path), "%s/token", mkdtemp(top));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return tree_remove(AT_FDCWD, top);
}

static char *token_for(struct settings settings)
{
    char *token = NULL;
    struct error *err;

    settings.data_dir = top;
    err = auth_token(&settings, &token);
    if (err != NULL)
        fail_msg("%s", err->message);
    return token;
}

static void loopback_is_told_from_the_rest(void **state)
{
    (void)state;
    assert_true(address_is_loopback("127.0.0.1"));
    assert_true(address_is_loopback("127.8.9.1"));
    assert_true(address_is_loopback("::1"));
    assert_false(address_is_loopback("0.0.0.0"));
    assert_false(address_is_loopback("::"));
    assert_false(address_is_loopback("10.0.0.1"));
    assert_false(address_is_loopback("128.0.0.1"));
}

static void loopback_needs_none(void **state)
{
    (void)state;
    assert_null(token_for((struct settings){ .listen_address = (char[]){ "127.0.0.1" } }));
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_given_token_counts_everywhere(void **state)
{
    (void)state;
    char *token = token_for((struct settings){ .listen_address = (char[]){ "127.0.0.1" },
                                               .token = (char[]){ "secret" } });
    assert_string_equal(token, "secret");
    free(token);
}

static void an_open_address_makes_one_and_keeps_it(void **state)
{
    struct settings settings = { .listen_address = (char[]){ "0.0.0.0" } };
    struct stat st;

    (void)state;
    char *first = token_for(settings);
    char *second = token_for(settings);
    assert_int_equal(strlen(first), 64);
    assert_string_equal(first, second);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    free(first);
    free(second);
}

static void none_must_be_said(void **state)
{
    (void)state;
    assert_null(
        token_for((struct settings){ .listen_address = (char[]){ "0.0.0.0" }, .auth_none = true }));
}

static void a_file_others_can_read_is_refused(void **state)
{
    struct settings settings = { .listen_address = (char[]){ "0.0.0.0" }, .data_dir = top };
    char *token = NULL;

    (void)state;
    free(token_for(settings));
    assert_int_equal(chmod(path, 0644), 0);
    struct error *err = auth_token(&settings, &token);
    assert_non_null(err);
    assert_non_null(strstr(err->message, "chmod 600"));
    error_free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_is_told_from_the_rest),
        cmocka_unit_test_setup_teardown(loopback_needs_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_given_token_counts_everywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_open_address_makes_one_and_keeps_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(none_must_be_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_others_can_read_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("auth_token", tests, NULL, NULL);
}
