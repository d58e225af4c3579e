/* SPDX-License-Identifier: Apache-2.0 */
/* Plugins that others built: in C++, with a later header, from the installed SDK. */
#include "plugin_folder.h"
#include "recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct recorder run_in(const struct plugin_folder *folder, const char *name)
{
    struct plugins *plugins = plugin_folder_load(folder);
    struct instance *instance = recorder_configure(plugins_find(plugins, name), "none");
    struct maps_job job = { .size = sizeof(job), .job_id = "job-1", .object_name = "runner-job-1" };
    struct recorder recorder = { 0 };
    struct error *err = NULL;
    struct maps_run *run = run_new(instance, "job-1", &recorder_services, &recorder);

    assert_non_null(run);
    assert_int_equal(run_script(run, &job, &err), RUN_REPORTED);
    assert_null(err);
    run_free(run);
    instance_unref(instance);
    plugins_free(plugins);
    return recorder;
}

static void plugin_in_cxx_runs_a_job(void **state)
{
    plugin_folder_add(*state, "cxx_example", "cxx_example.so");
    struct recorder recorder = run_in(*state, "cxx_example");
    assert_string_equal(recorder.story, "finish 1 code 0 signal 0 truncated 0 message from C++;");
}

static void plugin_of_a_later_header_fails_as_its_own_code_says(void **state)
{
    struct maps_job job = { .size = sizeof(job) };
    struct error *err = NULL;
    struct recorder recorder = { 0 };

    plugin_folder_add(*state, "newer", "newer.so");
    struct plugins *plugins = plugin_folder_load(*state);
    struct instance *instance = recorder_configure(plugins_find(plugins, "newer"), "none");
    struct maps_run *run = run_new(instance, "job-1", &recorder_services, &recorder);
    assert_int_equal(run_script(run, &job, &err), RUN_FAILED);
    assert_error(err, "The plugin newer failed in run_script()");
    run_free(run);
    instance_unref(instance);
    plugins_free(plugins);
}

#define ABI_TEST(NAME)                                                                             \
    cmocka_unit_test_setup_teardown(NAME, plugin_folder_setup, plugin_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ABI_TEST(plugin_in_cxx_runs_a_job),
        ABI_TEST(plugin_of_a_later_header_fails_as_its_own_code_says),
    };

    return cmocka_run_group_tests_name("abi_plugins", tests, NULL, NULL);
}
