/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, probes and the life of instances. */
#include "plugin_folder.h"
#include "recorder.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct plugins *load(const struct plugin_folder *folder, struct plugin **plugin)
{
    plugin_folder_add(folder, "scenarios", "scenarios.so");
    struct plugins *plugins = plugin_folder_load(folder);
    *plugin = plugins_find(plugins, "scenarios");
    return plugins;
}

static enum plugin_state state_of(struct plugin *plugin, char message[static 512],
                                  char version[static 128])
{
    return plugin_state(plugin, message, 512, version, 128);
}

static void each_type_of_option_reaches_configure(void **state)
{
    struct maps_probe probe;
    struct plugin *plugin;
    struct plugins *plugins = load(*state, &plugin);

    stderr_capture();
    struct instance *instance = recorder_configure(plugin, "hello");
    char *said = stderr_release();
    /* What is not declared, or with another type, is not answered. */
    assert_non_null(strstr(said, "asks for the option undeclared, which it declares nowhere"));
    assert_non_null(strstr(said, "size_bytes, which it declares with another type"));
    free(said);
    assert_null(instance_probe(instance, &probe));
    assert_string_equal(probe.message, "hello 8192 1 0.25 first python");
    instance_unref(instance);
    plugins_free(plugins);
}

static void refused_settings_leave_the_old_ones(void **state)
{
    struct plugin_values bad = recorder_values("refuse me");
    struct plugin *plugin;
    struct plugins *plugins = load(*state, &plugin);
    struct instance *before = recorder_configure(plugin, "good");

    assert_error(plugin_configure(plugin, &bad), "The text cannot be \"refuse me\".");
    struct instance *after = plugin_instance(plugin);
    assert_ptr_equal(before, after);
    instance_unref(after);
    instance_unref(before);
    plugins_free(plugins);
}

static void prepared_instance_is_beside_the_current_one_until_adopted(void **state)
{
    struct plugin_values values = recorder_values("next");
    struct instance *next;
    struct plugin *plugin;
    struct plugins *plugins = load(*state, &plugin);

    assert_false(plugin_configured(plugin));
    struct instance *before = recorder_configure(plugin, "first");
    assert_true(plugin_configured(plugin));
    assert_null(plugin_prepare(plugin, &values, &next));
    struct instance *now = plugin_instance(plugin);
    assert_ptr_equal(now, before);
    instance_unref(now);
    plugin_adopt(plugin, next);
    now = plugin_instance(plugin);
    assert_ptr_equal(now, next);
    instance_unref(now);
    /* One that is not adopted is released by whoever has it. */
    assert_null(plugin_prepare(plugin, &values, &next));
    stderr_capture();
    instance_unref(next);
    char *said = stderr_release();
    assert_non_null(strstr(said, "released next"));
    free(said);
    instance_unref(before);
    plugins_free(plugins);
}

static void replaced_instance_lives_until_its_last_user_is_done(void **state)
{
    struct plugin *plugin;
    struct plugins *plugins = load(*state, &plugin);
    struct instance *old = recorder_configure(plugin, "old");

    stderr_capture();
    struct instance *new = recorder_configure(plugin, "new");
    char *said = stderr_release();
    assert_null(strstr(said, "released"));
    free(said);
    assert_ptr_not_equal(old, new);
    assert_ptr_equal(instance_plugin(old), plugin);

    stderr_capture();
    instance_unref(old);
    said = stderr_release();
    assert_non_null(strstr(said, "plugin=scenarios msg=\"released old "));
    free(said);
    instance_unref(new);
    plugins_free(plugins);
}

static void instance_may_outlive_the_list_of_plugins(void **state)
{
    struct plugin *plugin;
    struct plugins *plugins = load(*state, &plugin);
    struct instance *instance = recorder_configure(plugin, "last");

    plugins_free(plugins);
    stderr_capture();
    instance_unref(instance);
    char *said = stderr_release();
    assert_non_null(strstr(said, "released last"));
    free(said);
}

static void state_follows_the_probe(void **state)
{
    char message[512], version[128];
    struct maps_probe probe;
    struct plugin *plugin;
    struct plugins *plugins = load(*state, &plugin);

    assert_int_equal(state_of(plugin, message, version), PLUGIN_UNAVAILABLE);
    assert_string_equal(message, "It is not configured.");
    struct instance *instance = recorder_configure(plugin, "up");
    assert_int_equal(state_of(plugin, message, version), PLUGIN_UNAVAILABLE);
    assert_string_equal(message, "It has not been probed yet.");
    assert_null(instance_probe(instance, &probe));
    assert_int_equal(state_of(plugin, message, version), PLUGIN_READY);
    assert_int_equal(strlen(version), sizeof(probe.version) - 1);
    instance_unref(instance);

    instance = recorder_configure(plugin, "down");
    assert_error(instance_probe(instance, &probe), "The engine is down. Start it.");
    assert_int_equal(probe.reachable, 0);
    assert_int_equal(state_of(plugin, message, version), PLUGIN_UNAVAILABLE);
    assert_string_equal(message, "The engine is down. Start it.");
    instance_unref(instance);
    plugins_free(plugins);
}

static void probe_of_a_replaced_instance_is_not_remembered(void **state)
{
    char message[512], version[128];
    struct maps_probe probe;
    struct plugin *plugin;
    struct plugins *plugins = load(*state, &plugin);
    struct instance *old = recorder_configure(plugin, "down");
    struct instance *new = recorder_configure(plugin, "up");

    assert_null(instance_probe(new, &probe));
    assert_error(instance_probe(old, &probe), "down");
    assert_int_equal(state_of(plugin, message, version), PLUGIN_READY);
    instance_unref(old);
    instance_unref(new);
    plugins_free(plugins);
}

static void masks_hold_known_limits_and_each_once(void **state)
{
    struct maps_probe probe;
    struct plugin *plugin;
    struct plugins *plugins = load(*state, &plugin);
    struct instance *instance = recorder_configure(plugin, "up");

    assert_null(instance_probe(instance, &probe));
    assert_int_equal(probe.limits_enforced, MAPS_LIMIT_MEMORY);
    assert_int_equal(probe.limits_soft, MAPS_LIMIT_DISK);
    instance_unref(instance);
    plugins_free(plugins);
}

static void *probe_once(void *instance)
{
    struct maps_probe probe;

    error_free(instance_probe(instance, &probe));
    return NULL;
}

static bool becomes(struct plugin *plugin, enum plugin_state state, const char *part)
{
    char message[512], version[128];

    for (int i = 0; i < 3000; i++) {
        if (state_of(plugin, message, version) == state && strstr(message, part) != NULL)
            return true;
        (void)usleep(10000);
    }
    return false;
}

static void probe_that_hangs_makes_it_unavailable_and_is_logged_once(void **state)
{
    char file[256];
    pthread_t thread;
    struct plugin *plugin;
    struct plugins *plugins = load(*state, &plugin);
    struct instance *instance = recorder_configure(plugin, "up");

    (void)probe_once(instance);
    assert_true(becomes(plugin, PLUGIN_READY, "up"));
    plugin_folder_write(*state, "hang", "", 0, 0600);
    (void)snprintf(file, sizeof(file), "%s", plugin_folder_path(*state, "hang"));
    assert_int_equal(setenv("MAPS_TEST_HANG", file, 1), 0);
    stderr_capture();
    assert_int_equal(pthread_create(&thread, NULL, probe_once, instance), 0);
    bool unavailable = becomes(plugin, PLUGIN_UNAVAILABLE, "without an answer");
    bool still = becomes(plugin, PLUGIN_UNAVAILABLE, "without an answer");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    char *said = stderr_release();
    assert_true(unavailable && still);
    const char *hangs = strstr(said, "plugin=scenarios msg=\"probe() hangs");
    assert_non_null(hangs);
    assert_null(strstr(strchr(hangs, '\n'), "probe() hangs"));
    assert_non_null(strstr(hangs, "ms; it must answer within 5000 ms"));
    free(said);
    assert_true(becomes(plugin, PLUGIN_READY, "up"));
    assert_int_equal(unsetenv("MAPS_TEST_HANG"), 0);
    instance_unref(instance);
    plugins_free(plugins);
}

/* Runs nothing or a job, then lets go of all; what that made the plugin say. */
static char *say_goodbye(const struct plugin_folder *folder, const char *scenario)
{
    const char *const args[] = { scenario, NULL };
    struct maps_job job = { .size = sizeof(job), .args = args };
    struct recorder recorder = { 0 };
    struct error *err = NULL;
    struct plugin *plugin;
    struct plugins *plugins = load(folder, &plugin);
    struct instance *instance = recorder_configure(plugin, "x");

    if (scenario != NULL) {
        struct maps_run *run = run_new(instance, "job-1", &recorder_services, &recorder);
        assert_non_null(run);
        assert_int_equal(run_script(run, &job, &err), RUN_REPORTED);
        run_free(run);
    }
    instance_unref(instance);
    stderr_capture();
    plugins_free(plugins);
    return stderr_release();
}

static void plugin_is_unloaded_unless_a_job_ran_in_it(void **state)
{
    char *said = say_goodbye(*state, NULL);
    const char *released = strstr(said, "released x"), *unloaded = strstr(said, "\"unloaded\"");
    assert_non_null(released);
    assert_true(unloaded > released);
    free(said);

    said = say_goodbye(*state, "success");
    assert_non_null(strstr(said, "released x"));
    assert_null(strstr(said, "\"unloaded\""));
    free(said);
}

static const char *answer(void *context, const char *key)
{
    return strcmp(key, "owner") == 0 ? context : NULL;
}

static void plugins_can_ask_about_their_own_host(void **state)
{
    const struct plugin_folder *folder = *state;
    const struct plugin_host host = { answer, "maps-test" }, other = { answer, "maps-other" };
    struct plugins *plugins = NULL, *others = NULL;

    plugin_folder_add(folder, "scenarios", "scenarios.so");
    stderr_capture();
    assert_null(plugins_load(folder->path, &host, &plugins));
    assert_null(plugins_load(folder->path, &other, &others));
    char *said = stderr_release();
    assert_non_null(strstr(said, "loaded for maps-test"));
    assert_non_null(strstr(said, "loaded for maps-other"));
    free(said);
    plugins_free(plugins);
    plugins_free(others);
}

static void configuring_a_refused_plugin_says_why_it_is_refused(void **state)
{
    struct plugins *plugins = NULL;
    struct plugin_values values = recorder_values("x");

    plugin_folder_add(*state, "load_fails", "load_fails.so");
    assert_null(plugins_load(((const struct plugin_folder *)*state)->path, &plugin_folder_nobody,
                             &plugins));
    assert_error(plugin_configure(plugins_at(plugins, 0), &values), "licence");
    plugins_free(plugins);
}

#define INSTANCE_TEST(NAME)                                                                        \
    cmocka_unit_test_setup_teardown(NAME, plugin_folder_setup, plugin_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        INSTANCE_TEST(each_type_of_option_reaches_configure),
        INSTANCE_TEST(refused_settings_leave_the_old_ones),
        INSTANCE_TEST(prepared_instance_is_beside_the_current_one_until_adopted),
        INSTANCE_TEST(replaced_instance_lives_until_its_last_user_is_done),
        INSTANCE_TEST(instance_may_outlive_the_list_of_plugins),
        INSTANCE_TEST(state_follows_the_probe),
        INSTANCE_TEST(probe_of_a_replaced_instance_is_not_remembered),
        INSTANCE_TEST(masks_hold_known_limits_and_each_once),
        INSTANCE_TEST(probe_that_hangs_makes_it_unavailable_and_is_logged_once),
        INSTANCE_TEST(plugin_is_unloaded_unless_a_job_ran_in_it),
        INSTANCE_TEST(plugins_can_ask_about_their_own_host),
        INSTANCE_TEST(configuring_a_refused_plugin_says_why_it_is_refused),
    };

    return cmocka_run_group_tests_name("plugin_instance", tests, NULL, NULL);
}
