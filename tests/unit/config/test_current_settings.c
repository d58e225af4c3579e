/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds a reference keeps what it saw, however often the settings are replaced. */
#include "config/current_settings.h"
#include "fake_plugins.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

enum { READERS = 4, REPLACEMENTS = 200 };

/* Settings with N files and N seconds, so that a mixture would be seen. */
static const struct settings *settings_with(unsigned number)
{
    char *none[] = { NULL };
    char files[16], seconds[16];
    const struct config_override overrides[] = { { "jobs.max_files", files },
                                                 { "jobs.timeout_seconds", seconds } };
    const struct config_source source = { .environment = none,
                                          .overrides = overrides,
                                          .override_count = 2,
                                          .executable_dir = "/opt/maps/bin" };
    struct settings *settings = NULL;

    (void)snprintf(files, sizeof(files), "%u", number);
    (void)snprintf(seconds, sizeof(seconds), "%u", number);
    struct config *config = config_load(&source);
    assert_true(config_check(config, fake_plugins(), &settings));
    config_free(config);
    return settings;
}

static void a_reference_outlives_the_replacement(void **state)
{
    struct current_settings current;
    const struct settings *first = settings_with(1), *second = settings_with(2);

    (void)state;
    current_settings_init(&current, first);
    settings_unref(first);
    const struct settings *kept = current_settings(&current);
    current_settings_replace(&current, second);
    settings_unref(second);
    assert_int_equal(kept->job_max_files, 1);
    assert_string_equal(kept->default_profile, "python");
    SETTINGS_AUTO now = current_settings(&current);
    assert_int_equal(now->job_max_files, 2);
    settings_unref(kept);
    current_settings_clear(&current);
}

static void a_refusal_is_remembered_until_a_reload_goes_well(void **state)
{
    struct current_settings current;
    struct settings_history history;
    const struct settings *first = settings_with(1);

    (void)state;
    current_settings_init(&current, first);
    current_settings_history(&current, &history);
    int64_t loaded_ms = history.loaded_ms;
    assert_null(history.refusal);
    current_settings_refuse(&current, "line 1 is wrong");
    current_settings_refuse(&current, "line 2 is wrong");
    current_settings_history(&current, &history);
    assert_string_equal(history.refusal, "line 2 is wrong");
    assert_int_equal(history.loaded_ms, loaded_ms);
    free(history.refusal);
    current_settings_replace(&current, first);
    current_settings_history(&current, &history);
    assert_null(history.refusal);
    assert_true(history.loaded_ms >= loaded_ms);
    settings_unref(first);
    current_settings_clear(&current);
}

struct readers {
    struct current_settings current;
    atomic_bool over;
};

/* Returns the number of mixtures it saw. */
static void *read_on(void *context)
{
    struct readers *readers = context;
    uintptr_t mixtures = 0;

    while (!atomic_load(&readers->over)) {
        SETTINGS_AUTO settings = current_settings(&readers->current);
        mixtures += settings->job_timeout_ms != 1000ull * settings->job_max_files;
    }
    return (void *)mixtures;
}

static void readers_on_many_threads_see_whole_settings_only(void **state)
{
    struct readers readers = { .over = false };
    const struct settings *first = settings_with(1);
    pthread_t threads[READERS];

    (void)state;
    current_settings_init(&readers.current, first);
    settings_unref(first);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers), 0);
    for (unsigned i = 2; i < REPLACEMENTS; i++) {
        const struct settings *next = settings_with(i);
        current_settings_replace(&readers.current, next);
        settings_unref(next);
    }
    atomic_store(&readers.over, true);
    for (size_t i = 0; i < READERS; i++) {
        void *mixtures = NULL;
        assert_int_equal(pthread_join(threads[i], &mixtures), 0);
        assert_null(mixtures);
    }
    current_settings_clear(&readers.current);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reference_outlives_the_replacement),
        cmocka_unit_test(a_refusal_is_remembered_until_a_reload_goes_well),
        cmocka_unit_test(readers_on_many_threads_see_whole_settings_only),
    };

    return cmocka_run_group_tests_name("current_settings", tests, NULL, NULL);
}
