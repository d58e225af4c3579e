/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine is told to make of a job. */
#include "container_spec.h"
#include "engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const nothing[] = { NULL };
static const struct maps_profile profile = {
    .size = sizeof(profile), .image = "py", .command = nothing, .script_name = "script.py"
};
static const struct maps_limits limits = { .size = sizeof(limits),
                                           .cpu_millis = 8000,
                                           .memory_bytes = 64 << 20,
                                           .pids = 32,
                                           .output_bytes = 1 << 20 };
static const struct container_settings settings = {
    .runtime = "", .apparmor_profile = "", .tmp_bytes = 4096, .shm_bytes = 8192, .open_files = 99
};
static const struct container_files files = { "/i", "/s", "/c", "/p", "/r", "/in", "/out", "/h" };

struct fixture {
    struct maps_job job;
    struct container_plan plan;
};

static struct fixture fixture(void)
{
    return (struct fixture){ .job = { .size = sizeof(struct maps_job),
                                      .job_id = "a",
                                      .object_name = "runner-a",
                                      .owner = "me",
                                      .attempt = 2,
                                      .runner_uid = 5,
                                      .runner_gid = 6,
                                      .profile = &profile,
                                      .limits = &limits,
                                      .args = nothing,
                                      .env = nothing,
                                      .network = "none" },
                             .plan = { .settings = &settings,
                                       .files = &files,
                                       .limits_kept = ~0u,
                                       .cpus_millis_max = 2000 } };
}

static cJSON *spec_of(struct fixture *fixture)
{
    fixture->plan.job = &fixture->job;
    cJSON *spec = container_spec(&fixture->plan);

    assert_non_null(spec);
    return spec;
}

static void test_a_job_is_confined(void **state)
{
    struct fixture made = fixture();
    cJSON *spec = spec_of(&made);

    (void)state;
    assert_string_equal(json_text(spec, "User"), "5:6");
    assert_true(json_true(spec, "NetworkDisabled"));
    assert_string_equal(json_text(spec, "HostConfig.NetworkMode"), "none");
    assert_true(json_true(spec, "HostConfig.ReadonlyRootfs"));
    assert_false(json_true(spec, "HostConfig.Privileged"));
    assert_string_equal(cJSON_GetArrayItem(json_item(spec, "HostConfig.CapDrop"), 0)->valuestring,
                        "ALL");
    assert_string_equal(
        cJSON_GetArrayItem(json_item(spec, "HostConfig.SecurityOpt"), 0)->valuestring,
        "no-new-privileges:true");
    assert_string_equal(json_text(spec, "HostConfig.IpcMode"), "private");
    assert_string_equal(json_text(spec, "HostConfig.CgroupnsMode"), "private");
    assert_string_equal(json_text(spec, "HostConfig.RestartPolicy.Name"), "no");
    assert_null(json_item(spec, "HostConfig.Runtime"));
    cJSON_Delete(spec);
}

static void test_limits_are_set_and_memory_has_no_swap(void **state)
{
    struct fixture made = fixture();
    cJSON *spec = spec_of(&made);

    (void)state;
    assert_int_equal((long)json_number(spec, "HostConfig.Memory"), 64 << 20);
    assert_int_equal((long)json_number(spec, "HostConfig.MemorySwap"), 64 << 20);
    assert_int_equal((long)json_number(spec, "HostConfig.PidsLimit"), 32);
    assert_int_equal((long)json_number(spec, "HostConfig.ShmSize"), 8192);
    cJSON_Delete(spec);
}

static void test_default_cpus_are_cut_to_what_there_is_but_asked_ones_are_not(void **state)
{
    struct fixture made = fixture();
    cJSON *spec = spec_of(&made);

    (void)state;
    assert_true(json_number(spec, "HostConfig.NanoCpus") == 2e9);
    cJSON_Delete(spec);
    made.job.limits_required = MAPS_LIMIT_CPU;
    spec = spec_of(&made);
    assert_true(json_number(spec, "HostConfig.NanoCpus") == 8e9);
    cJSON_Delete(spec);
}

static void test_limits_that_the_engine_does_not_keep_are_left_out(void **state)
{
    struct fixture made = fixture();

    (void)state;
    made.plan.limits_kept = 0;
    cJSON *spec = spec_of(&made);

    assert_null(json_item(spec, "HostConfig.Memory"));
    assert_null(json_item(spec, "HostConfig.PidsLimit"));
    assert_null(json_item(spec, "HostConfig.NanoCpus"));
    cJSON_Delete(spec);
}

static const cJSON *mount_at(const cJSON *spec, const char *target)
{
    const cJSON *mount;

    cJSON_ArrayForEach (mount, json_item(spec, "HostConfig.Mounts")) {
        if (strcmp(json_text(mount, "Target"), target) == 0)
            return mount;
    }
    return NULL;
}

static void test_only_output_and_control_are_mounted_writable(void **state)
{
    struct fixture made = fixture();
    cJSON *spec = spec_of(&made);
    const cJSON *mount;

    (void)state;
    cJSON_ArrayForEach (mount, json_item(spec, "HostConfig.Mounts")) {
        const char *target = json_text(mount, "Target");
        bool writable = strcmp(target, "/job/output") == 0 || strcmp(target, INSIDE_CONTROL) == 0;

        assert_string_equal(json_text(mount, "Type"), "bind");
        assert_true(json_true(mount, "ReadOnly") == !writable);
    }
    assert_string_equal(json_text(mount_at(spec, "/job/script.py"), "Source"), "/p");
    assert_string_equal(json_text(mount_at(spec, "/etc/hosts"), "Source"), "/h");
    cJSON_Delete(spec);
}

static void test_without_shared_files_there_are_volumes_and_the_engines_hosts_file(void **state)
{
    struct fixture made = fixture();

    (void)state;
    made.plan.files = NULL;
    cJSON *spec = spec_of(&made);

    assert_string_equal(json_text(mount_at(spec, "/job"), "Type"), "volume");
    assert_string_equal(json_text(mount_at(spec, "/maps"), "Type"), "volume");
    assert_false(json_true(spec, "NetworkDisabled"));
    assert_string_equal(json_text(spec, "HostConfig.NetworkMode"), "none");
    cJSON_Delete(spec);
}

static void test_the_engines_log_has_room_for_all_output(void **state)
{
    struct fixture made = fixture();
    cJSON *spec = spec_of(&made);

    (void)state;
    assert_string_equal(json_text(spec, "HostConfig.LogConfig.Type"), "local");
    assert_string_equal(
        cJSON_GetStringValue(json_item(json_item(spec, "HostConfig.LogConfig.Config"), "max-size")),
        "3072k");
    cJSON_Delete(spec);
}

static void test_a_named_network_is_passed_on(void **state)
{
    struct fixture made = fixture();

    (void)state;
    made.job.network = "bridge";
    cJSON *spec = spec_of(&made);

    assert_false(json_true(spec, "NetworkDisabled"));
    assert_string_equal(json_text(spec, "HostConfig.NetworkMode"), "bridge");
    cJSON_Delete(spec);
}

static int allocations_left;

static void *allocate(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* A container that lacks a part of its confinement must not be made. */
static void test_short_of_memory_a_spec_is_whole_or_not_there(void **state)
{
    cJSON_Hooks hooks = { allocate, free };
    struct fixture made = fixture();
    cJSON *whole = spec_of(&made), *spec = NULL;

    (void)state;
    for (int most = 0; spec == NULL && most < 10000; most++) {
        allocations_left = most;
        cJSON_InitHooks(&hooks);
        spec = container_spec(&made.plan);
        cJSON_InitHooks(NULL);
        if (spec != NULL && !cJSON_Compare(spec, whole, true))
            fail_msg("after %d allocations it is there, but not whole", most);
    }
    assert_non_null(spec);
    cJSON_Delete(spec);
    cJSON_Delete(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_job_is_confined),
        cmocka_unit_test(test_limits_are_set_and_memory_has_no_swap),
        cmocka_unit_test(test_default_cpus_are_cut_to_what_there_is_but_asked_ones_are_not),
        cmocka_unit_test(test_limits_that_the_engine_does_not_keep_are_left_out),
        cmocka_unit_test(test_only_output_and_control_are_mounted_writable),
        cmocka_unit_test(test_without_shared_files_there_are_volumes_and_the_engines_hosts_file),
        cmocka_unit_test(test_the_engines_log_has_room_for_all_output),
        cmocka_unit_test(test_a_named_network_is_passed_on),
        cmocka_unit_test(test_short_of_memory_a_spec_is_whole_or_not_there),
    };

    return cmocka_run_group_tests_name("docker_container_spec", tests, NULL, NULL);
}
