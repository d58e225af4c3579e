/* SPDX-License-Identifier: Apache-2.0 */
#include "config/detect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(struct detected_runtime found, const char *name, const char *by)
{
    assert_string_equal(found.name, name);
    assert_string_equal(found.by, by);
}

static void execution_runtime_wins_over_all(void **state)
{
    (void)state;
    expect(detect_runtime("sandbox", "docker", "10.0.0.1"), "sandbox", "EXECUTION_RUNTIME");
}

static void configured_runtime_wins_over_the_cluster(void **state)
{
    (void)state;
    expect(detect_runtime(NULL, "sandbox", "10.0.0.1"), "sandbox", "configuration");
    expect(detect_runtime("", "sandbox", NULL), "sandbox", "configuration");
}

static void inside_a_cluster_it_is_kubernetes(void **state)
{
    (void)state;
    expect(detect_runtime(NULL, NULL, "10.0.0.1"), "kubernetes", "KUBERNETES_SERVICE_HOST");
}

static void otherwise_it_is_docker(void **state)
{
    (void)state;
    expect(detect_runtime(NULL, NULL, NULL), "docker", "default");
    expect(detect_runtime("", "", ""), "docker", "default");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(execution_runtime_wins_over_all),
        cmocka_unit_test(configured_runtime_wins_over_the_cluster),
        cmocka_unit_test(inside_a_cluster_it_is_kubernetes),
        cmocka_unit_test(otherwise_it_is_docker),
    };

    return cmocka_run_group_tests_name("config_detect", tests, NULL, NULL);
}
