/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of this room fails in turn; nothing crashes, nothing half-made is
 * handed out.  (libconfig's own are left alone: it does not look at what it gets.) */
#include "fake_plugins.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The linker sends this program's calls of calloc() here (-Wl,--wrap). */
void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);

static long allocations_left = -1; /* until one fails; negative: none does */

void *__wrap_calloc(size_t count, size_t bytes)
{
    if (allocations_left >= 0 && allocations_left-- == 0)
        return NULL;
    return __real_calloc(count, bytes);
}

static void print_everything(const struct config *config)
{
    FILE *out = fopen("/dev/null", "w");
    struct plugin_values values;

    assert_non_null(out);
    config_print(config, fake_plugins(), out);
    config_print_problems(config, out);
    config_print_options(fake_plugins(), out);
    config_plugin_values(config, "sandbox", &values);
    fclose(out);
}

/* True if nothing failed any more. */
static bool try_with(const struct config_source *source, long allocations, bool right)
{
    struct settings *settings = NULL;

    allocations_left = allocations;
    struct config *config = config_load(source);
    bool accepted = config != NULL && config_check(config, fake_plugins(), &settings);
    bool nothing_failed = allocations_left >= 0;
    allocations_left = -1;
    assert_true(accepted == (settings != NULL));
    if (config != NULL) {
        if (!accepted)
            assert_true(config_problem_count(config) > 0);
        print_everything(config);
    }
    if (nothing_failed)
        assert_true(accepted == right);
    settings_unref(settings);
    config_free(config);
    return nothing_failed;
}

static void fail_each(struct fixture *fixture, const char *text, bool right)
{
    char *environment[] = { "MAPS_LISTEN=[::1]:9000", "RUNNER_IMAGE=x", "MAPS_UNKNOWN=1",
                            "MAPS_HTTP_ALLOWED_HOSTS=a,b", NULL };
    struct config_source source = {
        .overrides = (const struct config_override[]){ { "jobs.queue_limit", "5" } },
        .override_count = 1,
        .environment = environment,
        .executable_dir = "/opt/maps/bin",
    };
    long allocations = 0;

    fixture_load(fixture, &(struct given){ .text = text });
    source.file = fixture->file;
    while (!try_with(&source, allocations, right))
        allocations++;
    assert_true(allocations > 100);
}

static void a_right_file_survives_each_failed_allocation(void **state)
{
    fail_each(*state,
              "auth = \"none\"; http: { max_connections = 5; };\n"
              "profiles: { sh: { command = [ \"/bin/sh\", \"-eu\" ]; }; };\n"
              "sandbox: { binds = [ \"/usr\" ]; };\n",
              true);
}

static void a_wrong_file_survives_each_failed_allocation(void **state)
{
    fail_each(*state,
              "auth = \"nne\"; http: { max_connections = \"5\"; allowed_origins = [ \"x\" ]; };\n"
              "profiles: { sh: { comand = [ \"/bin/sh\" ]; }; };\n"
              "docker: { }; podman: { a = 1; }; limits: { max: { pids = 1; }; };\n",
              false);
}

#define MEMORY_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MEMORY_TEST(a_right_file_survives_each_failed_allocation),
        MEMORY_TEST(a_wrong_file_survives_each_failed_allocation),
    };

    return cmocka_run_group_tests_name("config_memory", tests, NULL, NULL);
}
