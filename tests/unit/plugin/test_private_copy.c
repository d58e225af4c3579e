/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a plugin's file after it was loaded does not reach the host. */
#include "plugin/private_copy.h"
#include "plugin/shared_object.h"
#include "plugin_folder.h"
#include "recorder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void file_cut_after_loading_does_no_harm(void **state)
{
    struct maps_probe probe;

    plugin_folder_add(*state, "scenarios", "plugin.so");
    struct plugins *plugins = plugin_folder_load(*state);
    assert_int_equal(truncate(plugin_folder_path(*state, "plugin.so"), 0), 0);
    struct instance *instance = recorder_configure(plugins_at(plugins, 0), "alive");
    assert_null(instance_probe(instance, &probe)); /* mapped from the file: SIGBUS */
    assert_non_null(strstr(probe.message, "alive"));
    instance_unref(instance);
    plugins_free(plugins);
}

static void replaced_file_is_loaded_beside_the_old_one(void **state)
{
    struct maps_probe probe;

    plugin_folder_add(*state, "scenarios", "plugin.so");
    struct plugins *before = plugin_folder_load(*state);
    struct instance *old = recorder_configure(plugins_at(before, 0), "old");

    plugin_folder_add(*state, "good", "plugin.so");
    struct plugins *after = plugin_folder_load(*state);
    assert_non_null(plugins_find(after, "good"));
    assert_null(instance_probe(old, &probe));
    assert_non_null(strstr(probe.message, "old"));
    plugins_free(after);
    instance_unref(old);
    plugins_free(before);
}

/* The loader knows objects by path, and ours is the number of a descriptor. */
static void number_of_a_closed_copy_brings_no_old_code_back(void **state)
{
    static const char *const fixtures[] = { "good", "scenarios", "newer", "cxx_example" };

    for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
        plugin_folder_add(*state, fixtures[i], "plugin.so");
        struct plugins *plugins = plugin_folder_load(*state);
        assert_non_null(plugins_find(plugins, fixtures[i]));
        plugins_free(plugins);
    }
}

static void assert_runs_from(int copy)
{
    struct shared_object object;
    size_t length;
    char *bytes = fixture_read("good", &length);

    assert_true(copy >= 0);
    assert_int_equal(write(copy, bytes, length), (ssize_t)length);
    free(bytes);
    assert_null(shared_object_open(copy, &object));
    assert_string_equal(object.entry()->name, "good");
    shared_object_close(&object);
    assert_int_equal(fcntl(copy, F_GETFD), -1); /* nothing is left open */
}

static void code_runs_from_memory(void **state)
{
    (void)state;
    assert_runs_from(private_copy_in_memory("good"));
}

static void code_runs_from_disk_where_memory_is_barred(void **state)
{
    (void)state;
    assert_runs_from(private_copy_on_disk());
}

static void copy_in_memory_cannot_be_changed_any_more(void **state)
{
    int copy = -1;

    plugin_folder_add(*state, "good", "plugin.so");
    int source = open(plugin_folder_path(*state, "plugin.so"), O_RDONLY | O_CLOEXEC);
    assert_true(source >= 0);
    assert_null(private_copy_make(source, "plugin.so", &copy));
    assert_int_equal(pwrite(copy, "x", 1, 0), -1);
    assert_int_equal(ftruncate(copy, 0), -1);
    (void)close(copy);
    (void)close(source);
}

#define COPY_TEST(NAME)                                                                            \
    cmocka_unit_test_setup_teardown(NAME, plugin_folder_setup, plugin_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COPY_TEST(file_cut_after_loading_does_no_harm),
        COPY_TEST(replaced_file_is_loaded_beside_the_old_one),
        COPY_TEST(number_of_a_closed_copy_brings_no_old_code_back),
        COPY_TEST(code_runs_from_memory),
        COPY_TEST(code_runs_from_disk_where_memory_is_barred),
        COPY_TEST(copy_in_memory_cannot_be_changed_any_more),
    };

    return cmocka_run_group_tests_name("plugin_private_copy", tests, NULL, NULL);
}
