/* SPDX-License-Identifier: Apache-2.0 */
/* The pure rules: whose files are trusted, when a probe is overdue, what crosses in structs
 * of another size. */
#include "plugin/abi_copy.h"
#include "plugin/health.h"
#include "plugin/plugin_file.h"
#include "plugin_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct stat file_of(uid_t uid, mode_t mode)
{
    struct stat status = { .st_uid = uid, .st_mode = mode };

    return status;
}

static void files_of_root_and_of_the_host_are_trusted(void **state)
{
    struct stat roots = file_of(0, S_IFREG | 0755), own = file_of(1000, S_IFREG | 0600);
    struct stat folder = file_of(0, S_IFDIR | 0755);

    (void)state;
    assert_null(plugin_file_trusted(&roots, 1000));
    assert_null(plugin_file_trusted(&own, 1000));
    assert_null(plugin_folder_trusted(&folder, 1000));
}

static void what_others_can_write_is_not(void **state)
{
    struct stat theirs = file_of(1001, S_IFREG | 0644), group = file_of(0, S_IFREG | 0664);
    struct stat world = file_of(1000, S_IFREG | 0646), link = file_of(0, S_IFLNK | 0644);
    struct stat sticky = file_of(0, S_IFDIR | 01777), folder = file_of(1001, S_IFDIR | 0755);

    (void)state;
    assert_error(plugin_file_trusted(&theirs, 1000), "belongs to user 1001");
    assert_error(plugin_file_trusted(&group, 1000), "mode 0664");
    assert_error(plugin_file_trusted(&world, 1000), "mode 0646");
    assert_error(plugin_file_trusted(&link, 1000), "not a regular file");
    assert_error(plugin_folder_trusted(&sticky, 1000), "mode 1777");
    assert_error(plugin_folder_trusted(&folder, 1000), "belongs to user 1001");
    /* A plugin of an ordinary user is not for a host that runs as root. */
    assert_error(plugin_file_trusted(&theirs, 0), "belongs to user 1001");
}

static void probe_is_overdue_after_its_limit_only(void **state)
{
    struct health health = { 0 };

    (void)state;
    assert_int_equal(health_overdue_ms(&health, 1000000), 0);
    health_probe_began(&health, 1000);
    assert_int_equal(health_overdue_ms(&health, 1000 + PROBE_LIMIT_MS), 0);
    assert_int_equal(health_overdue_ms(&health, 1001 + PROBE_LIMIT_MS), 1 + PROBE_LIMIT_MS);
    health_probe_began(&health, 5000);
    health_probe_ended(&health);
    assert_int_equal(health_overdue_ms(&health, 11000), 10000);
    health_probe_ended(&health);
    assert_int_equal(health_overdue_ms(&health, 11000), 0);
}

static void overdue_probe_is_told_once(void **state)
{
    struct health health = { 0 };

    (void)state;
    health_probe_began(&health, 0);
    assert_false(health_tell_overdue(&health, PROBE_LIMIT_MS));
    assert_true(health_tell_overdue(&health, PROBE_LIMIT_MS + 1));
    assert_false(health_tell_overdue(&health, PROBE_LIMIT_MS + 2));
    health_probe_ended(&health);
    health_probe_began(&health, 10000);
    assert_false(health_tell_overdue(&health, 10001));
    assert_true(health_tell_overdue(&health, 20000));
}

static void version_of_an_engine_that_went_down_is_kept(void **state)
{
    struct health health = { 0 };
    struct maps_probe probe = { .size = sizeof(probe), .reachable = 1, .version = "engine 1" };

    (void)state;
    health_learn(&health, &probe);
    probe = (struct maps_probe){ .size = sizeof(probe), .message = "down" };
    health_learn(&health, &probe);
    assert_false(health.reachable);
    assert_string_equal(health.version, "engine 1");
    assert_string_equal(health.message, "down");
}

struct short_text {
    size_t size;
    char text[8];
};
struct long_text {
    size_t size;
    char text[8], more[8];
};

static void smaller_and_larger_structs_are_copied_as_far_as_known(void **state)
{
    struct short_text small = { sizeof(small), "small" };
    struct long_text large = { sizeof(large), "large", "unknown" };
    struct long_text own_long;
    struct short_text own_short;

    (void)state;
    memset(&own_long, 0xff, sizeof(own_long));
    abi_copy(&own_long, sizeof(own_long), &small);
    assert_int_equal(own_long.size, sizeof(own_long));
    assert_string_equal(own_long.text, "small");
    assert_string_equal(own_long.more, "");
    abi_copy(&own_short, sizeof(own_short), &large);
    assert_int_equal(own_short.size, sizeof(own_short));
    assert_string_equal(own_short.text, "large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_root_and_of_the_host_are_trusted),
        cmocka_unit_test(what_others_can_write_is_not),
        cmocka_unit_test(probe_is_overdue_after_its_limit_only),
        cmocka_unit_test(overdue_probe_is_told_once),
        cmocka_unit_test(version_of_an_engine_that_went_down_is_kept),
        cmocka_unit_test(smaller_and_larger_structs_are_copied_as_far_as_known),
    };

    return cmocka_run_group_tests_name("plugin_policy", tests, NULL, NULL);
}
