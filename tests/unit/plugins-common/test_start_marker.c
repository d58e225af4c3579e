/* SPDX-License-Identifier: Apache-2.0 */
/* The start marker, taken by plugins and by maps-init: whoever comes second learns it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <control.h>
#include <errno.h>
#include <fcntl.h>
#include <start_marker.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[] = "/tmp/maps-test-XXXXXX";
static int dir_fd;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/maps-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlinkat(dir_fd, "started-1", 0);
    (void)close(dir_fd);
    return rmdir(dir);
}

static void what_a_plugin_has_claimed_maps_init_does_not_start(void **state)
{
    struct sentence why;

    (void)state;
    assert_int_equal(start_marker_look(dir, 1), 0);
    assert_int_equal(start_marker_claim(dir, 1), 0);
    assert_int_equal(start_marker_look(dir, 1), 1);
    assert_int_equal(control_claim_start(dir_fd, 1, &why), CLAIM_TAKEN);
}

static void what_maps_init_has_started_no_plugin_claims(void **state)
{
    struct sentence why;

    (void)state;
    assert_int_equal(control_claim_start(dir_fd, 1, &why), CLAIM_MADE);
    assert_int_equal(start_marker_look(dir, 1), 1);
    assert_int_equal(start_marker_claim(dir, 1), -EEXIST);
    assert_int_equal(start_marker_look(dir, 2), 0);
}

static void a_missing_folder_proves_nothing(void **state)
{
    (void)state;
    assert_int_equal(start_marker_look("/not/there", 1), -ENOENT);
    assert_int_equal(start_marker_claim("/not/there", 1), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_plugin_has_claimed_maps_init_does_not_start, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_maps_init_has_started_no_plugin_claims, set_up,
                                        tear_down),
        cmocka_unit_test(a_missing_folder_proves_nothing),
    };

    return cmocka_run_group_tests_name("start_marker", tests, NULL, NULL);
}
