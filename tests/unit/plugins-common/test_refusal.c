/* SPDX-License-Identifier: Apache-2.0 */
/* Which jobs a runtime refuses, and that the sentences say what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <refusal.h>
#include <string.h>

static struct refusal_rules rules_of(const char *runtime, bool any_network)
{
    return (struct refusal_rules){ .runtime = runtime,
                                   .limits_advice = "give the host control groups",
                                   .limits_kept = MAPS_LIMIT_OUTPUT,
                                   .any_network = any_network };
}

static void expect_refused(const struct maps_job *job, const struct refusal_rules *rules,
                           const char *part)
{
    struct fault reason = { "" };

    assert_true(job_refused(job, rules, &reason));
    if (strstr(reason.text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", reason.text, part);
}

static void expect_taken(const struct maps_job *job, const struct refusal_rules *rules)
{
    struct fault reason = { "" };

    if (job_refused(job, rules, &reason))
        fail_msg("refused: %s", reason.text);
}

static void a_limit_that_is_not_kept_is_refused_by_name(void **state)
{
    const struct refusal_rules rules = rules_of("sandbox", false);
    struct maps_job job = { .network = "none", .limits_required = MAPS_LIMIT_OUTPUT };

    (void)state;
    expect_taken(&job, &rules);
    job.limits_required |= MAPS_LIMIT_PIDS;
    expect_refused(&job, &rules, "limits.pids");
    expect_refused(&job, &rules, "the runtime sandbox");
    expect_refused(&job, &rules, "or give the host control groups");
}

static void the_hosts_network_is_only_for_those_who_may(void **state)
{
    struct refusal_rules sandbox = rules_of("sandbox", false);
    struct refusal_rules docker = rules_of("docker", true);
    const struct maps_job job = { .network = "host" };

    (void)state;
    expect_refused(&job, &sandbox, "sandbox.allow_host_network is false");
    expect_refused(&job, &docker, "docker.allow_host_network is false");
    sandbox.allow_host_network = docker.allow_host_network = true;
    expect_taken(&job, &sandbox);
    expect_taken(&job, &docker);
}

static void a_named_network_is_for_runtimes_that_have_some(void **state)
{
    const struct refusal_rules sandbox = rules_of("sandbox", false);
    const struct refusal_rules docker = rules_of("docker", true);
    const struct maps_job job = { .network = "backend" };

    (void)state;
    expect_refused(&job, &sandbox, "\"backend\"");
    expect_taken(&job, &docker);
}

static void nobody_joins_the_network_of_another_container(void **state)
{
    struct refusal_rules docker = rules_of("docker", true);
    struct maps_job job = { .network = "container:database" };

    (void)state;
    docker.allow_host_network = true;
    expect_refused(&job, &docker, "\"container:database\"");
    job.network = "ns:/proc/1/ns/net";
    expect_refused(&job, &docker, "not allowed");
}

static void root_is_refused_where_it_would_be_the_machines(void **state)
{
    struct refusal_rules rules = rules_of("sandbox", false);
    struct maps_job job = { .network = "none" };

    (void)state;
    expect_taken(&job, &rules);
    rules.root = true;
    expect_refused(&job, &rules, "jobs.runner_uid");
    job.runner_uid = 1000;
    expect_refused(&job, &rules, "jobs.runner_gid");
    job.runner_gid = 1000;
    expect_taken(&job, &rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_that_is_not_kept_is_refused_by_name),
        cmocka_unit_test(the_hosts_network_is_only_for_those_who_may),
        cmocka_unit_test(a_named_network_is_for_runtimes_that_have_some),
        cmocka_unit_test(nobody_joins_the_network_of_another_container),
        cmocka_unit_test(root_is_refused_where_it_would_be_the_machines),
    };

    return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
