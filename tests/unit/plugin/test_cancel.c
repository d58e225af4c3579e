/* SPDX-License-Identifier: Apache-2.0 */
/* cancel() against the end of a run, at every moment of it.  Meant for TSan and ASan too. */
#include "plugin_folder.h"
#include "recorder.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROUNDS = 1000 };

struct canceller {
    struct maps_run *run;
    struct recorder *recorder;
    _Atomic bool started, stop;
};

static void *cancel_all_the_time(void *arg)
{
    struct canceller *canceller = arg;

    atomic_store(&canceller->started, true);
    while (!atomic_load(&canceller->stop)) {
        run_cancel(canceller->run);
        (void)sched_yield();
    }
    return NULL;
}

/* As the host does it: first the wish, then one call. */
static void *cancel_once_it_runs(void *arg)
{
    struct canceller *canceller = arg;

    atomic_store(&canceller->started, true);
    while (atomic_load(&canceller->recorder->phase) < MAPS_PHASE_RUNNING)
        (void)sched_yield();
    atomic_store(&canceller->recorder->cancelled, 1);
    run_cancel(canceller->run);
    return NULL;
}

static void play(struct instance *instance, const char *scenario, void *(*cancel)(void *),
                 struct recorder *recorder)
{
    const char *const args[] = { scenario, NULL };
    struct maps_job job = { .size = sizeof(job), .args = args };
    struct error *err = NULL;
    struct canceller canceller = { .recorder = recorder };
    pthread_t thread;

    canceller.run = run_new(instance, "job-1", &recorder_services, recorder);
    assert_non_null(canceller.run);
    run_cancel(canceller.run); /* before it began: not passed on */
    assert_int_equal(pthread_create(&thread, NULL, cancel, &canceller), 0);
    while (!atomic_load(&canceller.started))
        (void)sched_yield();
    assert_int_equal(run_script(canceller.run, &job, &err), RUN_REPORTED);
    atomic_store(&canceller.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    run_cancel(canceller.run); /* after it ended: not passed on */
    run_free(canceller.run);
    assert_null(err);
    assert_int_equal(recorder->finishes, 1);
}

static void play_rounds(void **state, const char *scenario, void *(*cancel)(void *),
                        uint32_t reason)
{
    plugin_folder_add(*state, "scenarios", "scenarios.so");
    struct plugins *plugins = plugin_folder_load(*state);
    struct instance *instance = recorder_configure(plugins_find(plugins, "scenarios"), "none");

    for (int i = 0; i < ROUNDS; i++) {
        struct recorder recorder = { 0 };

        play(instance, scenario, cancel, &recorder);
        assert_int_equal(recorder.outcome.reason, reason);
    }
    instance_unref(instance);
    plugins_free(plugins);
}

static void cancel_never_meets_run_data_that_is_gone(void **state)
{
    play_rounds(state, "racing", cancel_all_the_time, MAPS_REASON_EXITED);
}

/* Only after the run: during it, that plugin has earned what it gets. */
static void *do_not_cancel(void *arg)
{
    struct canceller *canceller = arg;

    atomic_store(&canceller->started, true);
    return NULL;
}

static void cancel_is_not_passed_on_after_the_run(void **state)
{
    play_rounds(state, "leaves_run_data", do_not_cancel, MAPS_REASON_EXITED);
}

static void cancel_wakes_a_waiting_run_every_time(void **state)
{
    play_rounds(state, "cancelled", cancel_once_it_runs, MAPS_REASON_CANCELLED);
}

struct user {
    struct plugin *plugin;
    _Atomic bool stop;
};

static void *use_instances(void *arg)
{
    struct user *user = arg;
    struct maps_probe probe;
    char message[512], version[128];

    while (!atomic_load(&user->stop)) {
        struct instance *instance = plugin_instance(user->plugin);

        error_free(instance_probe(instance, &probe));
        (void)plugin_state(user->plugin, message, sizeof(message), version, sizeof(version));
        instance_unref(instance);
    }
    return NULL;
}

static void instances_are_replaced_under_their_users(void **state)
{
    pthread_t threads[3];

    plugin_folder_add(*state, "scenarios", "scenarios.so");
    struct plugins *plugins = plugin_folder_load(*state);
    struct user user = { .plugin = plugins_find(plugins, "scenarios") };
    struct plugin_values values = recorder_values("none");

    stderr_capture(); /* each release is logged */
    assert_null(plugin_configure(user.plugin, &values));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_instances, &user), 0);
    for (int i = 0; i < ROUNDS; i++)
        assert_null(plugin_configure(user.plugin, &values));
    atomic_store(&user.stop, true);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    plugins_free(plugins);
    free(stderr_release());
}

#define CANCEL_TEST(NAME)                                                                          \
    cmocka_unit_test_setup_teardown(NAME, plugin_folder_setup, plugin_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CANCEL_TEST(cancel_never_meets_run_data_that_is_gone),
        CANCEL_TEST(cancel_is_not_passed_on_after_the_run),
        CANCEL_TEST(cancel_wakes_a_waiting_run_every_time),
        CANCEL_TEST(instances_are_replaced_under_their_users),
    };

    return cmocka_run_group_tests_name("plugin_cancel", tests, NULL, NULL);
}
