/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <container_spec.h>
#include <engine.h>
#include <stdlib.h>
#include <string.h>

static const char *const none[] = { NULL };
static const struct maps_profile profile = {
    .name = "python", .image = "py:1", .command = none, .script_name = "script.py"
};
static const struct maps_limits limits = {
    .cpu_millis = 1500, .memory_bytes = 64 << 20, .pids = 50, .output_bytes = 4 << 20
};
static const struct container_settings settings = {
    .runtime = "", .apparmor_profile = "", .tmp_bytes = 1024, .shm_bytes = 2048, .open_files = 512
};
static const struct container_files files = { .init = "/e/init",
                                              .spec = "/e/spec",
                                              .control = "/e/control",
                                              .script = "/e/script",
                                              .request = "/e/request",
                                              .input = "/e/input",
                                              .output = "/e/output",
                                              .hosts = "/e/hosts" };
static const struct maps_job job = { .job_id = "job-1",
                                     .object_name = "runner-job-1",
                                     .owner = "house",
                                     .attempt = 3,
                                     .runner_uid = 64000,
                                     .runner_gid = 64001,
                                     .profile = &profile,
                                     .limits = &limits,
                                     .args = none,
                                     .env = none,
                                     .network = "none" };

static struct container_plan plan_of(const struct maps_job *of)
{
    return (struct container_plan){
        .job = of,
        .settings = &settings,
        .files = &files,
        .limits_kept = MAPS_LIMIT_CPU | MAPS_LIMIT_MEMORY | MAPS_LIMIT_PIDS,
    };
}

static void assert_text(const cJSON *spec, const char *path, const char *expected)
{
    assert_string_equal(json_text(spec, path), expected);
}

/* The array's texts, as "a b c". */
static void assert_texts(const cJSON *spec, const char *path, const char *expected)
{
    char joined[300] = "";
    const cJSON *item;

    assert_true(cJSON_IsArray(json_item(spec, path)));
    cJSON_ArrayForEach (item, json_item(spec, path)) {
        (void)strcat(joined, joined[0] != '\0' ? " " : "");
        (void)strcat(joined, cJSON_GetStringValue(item));
    }
    assert_string_equal(joined, expected);
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

static void a_container_is_confined_whatever_the_job(void **state)
{
    const struct container_plan plan = plan_of(&job);
    cJSON *spec = container_spec(&plan);

    (void)state;
    assert_text(spec, "User", "64000:64001");
    assert_texts(spec, "HostConfig.CapDrop", "ALL");
    assert_texts(spec, "HostConfig.SecurityOpt", "no-new-privileges:true");
    assert_true(cJSON_IsFalse(json_item(spec, "HostConfig.Privileged")));
    assert_true(json_true(spec, "HostConfig.ReadonlyRootfs"));
    assert_text(spec, "HostConfig.IpcMode", "private");
    assert_text(spec, "HostConfig.CgroupnsMode", "private");
    assert_text(spec, "HostConfig.RestartPolicy.Name", "no");
    assert_true(cJSON_IsFalse(json_item(spec, "HostConfig.AutoRemove")));
    assert_null(json_item(spec, "HostConfig.Runtime"));
    assert_null(json_item(spec, "HostConfig.PidMode"));
    assert_null(json_item(spec, "HostConfig.Devices"));
    assert_null(json_item(spec, "HostConfig.Binds"));
    cJSON_Delete(spec);
}

static void a_container_tells_whose_it_is_and_runs_maps_init(void **state)
{
    const struct container_plan plan = plan_of(&job);
    cJSON *spec = container_spec(&plan);
    const cJSON *labels = json_item(spec, "Labels");

    (void)state;
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(labels, LABEL_OWNER)), "house");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(labels, LABEL_JOB)), "job-1");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(labels, LABEL_ATTEMPT)), "3");
    assert_text(spec, "Image", "py:1");
    assert_texts(spec, "Entrypoint", "/maps/maps-init --spec /maps/spec --control /maps/control");
    assert_texts(spec, "Cmd", "");
    cJSON_Delete(spec);
}

static void only_output_and_control_can_be_written_to(void **state)
{
    static const struct {
        const char *target, *source;
        bool readonly;
    } mounts[] = {
        { "/maps/maps-init", "/e/init", true },      { "/maps/spec", "/e/spec", true },
        { "/maps/control", "/e/control", false },    { "/job/script.py", "/e/script", true },
        { "/job/request.json", "/e/request", true }, { "/job/input", "/e/input", true },
        { "/job/output", "/e/output", false },       { "/etc/hosts", "/e/hosts", true },
    };
    const size_t count = sizeof(mounts) / sizeof(mounts[0]);
    const struct container_plan plan = plan_of(&job);
    cJSON *spec = container_spec(&plan);

    (void)state;
    assert_int_equal(cJSON_GetArraySize(json_item(spec, "HostConfig.Mounts")), count);
    for (size_t i = 0; i < count; i++) {
        const cJSON *mount = mount_at(spec, mounts[i].target);

        assert_text(mount, "Type", "bind");
        assert_text(mount, "Source", mounts[i].source);
        assert_int_equal(json_true(mount, "ReadOnly"), mounts[i].readonly);
    }
    cJSON_Delete(spec);
}

static void files_by_archive_go_into_volumes_without_a_name(void **state)
{
    struct container_plan plan = plan_of(&job);
    static const char *const targets[] = { "/job", "/maps" };

    (void)state;
    plan.files = NULL;
    cJSON *spec = container_spec(&plan);

    assert_int_equal(cJSON_GetArraySize(json_item(spec, "HostConfig.Mounts")), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_text(mount_at(spec, targets[i]), "Type", "volume");
        assert_null(json_item(mount_at(spec, targets[i]), "Source"));
    }
    cJSON_Delete(spec);
}

static void limits_are_set_where_the_engine_keeps_them(void **state)
{
    struct container_plan plan = plan_of(&job);
    cJSON *spec = container_spec(&plan);

    (void)state;
    assert_true(json_number(spec, "HostConfig.Memory") == 64 << 20);
    assert_true(json_number(spec, "HostConfig.MemorySwap") == 64 << 20);
    assert_true(json_number(spec, "HostConfig.PidsLimit") == 50);
    assert_true(json_number(spec, "HostConfig.NanoCpus") == 1.5e9);
    assert_true(json_number(spec, "HostConfig.ShmSize") == 2048);
    assert_text(spec, "HostConfig.Tmpfs./tmp", "rw,nosuid,nodev,mode=1777,size=1024");
    cJSON_Delete(spec);
    plan.limits_kept = 0;
    spec = container_spec(&plan);
    assert_null(json_item(spec, "HostConfig.Memory"));
    assert_null(json_item(spec, "HostConfig.MemorySwap"));
    assert_null(json_item(spec, "HostConfig.PidsLimit"));
    assert_null(json_item(spec, "HostConfig.NanoCpus"));
    cJSON_Delete(spec);
}

static double cpus_of(const struct maps_job *of, uint32_t millis_max)
{
    struct container_plan plan = plan_of(of);

    plan.cpus_millis_max = millis_max;
    cJSON *spec = container_spec(&plan);
    double cpus = json_number(spec, "HostConfig.NanoCpus");

    cJSON_Delete(spec);
    return cpus;
}

static void a_default_of_too_many_cpus_becomes_all_there_are(void **state)
{
    struct maps_job asked = job;

    (void)state;
    asked.limits_required = MAPS_LIMIT_CPU;
    assert_true(cpus_of(&job, 1000) == 1e9);
    assert_true(cpus_of(&job, 2000) == 1.5e9);
    assert_true(cpus_of(&asked, 1000) == 1.5e9); /* the engine refuses it, as it should be */
}

static void only_the_operators_choices_loosen_or_tighten_it(void **state)
{
    const struct container_settings chosen = { .runtime = "runsc", .apparmor_profile = "mine" };
    struct container_plan plan = plan_of(&job);

    (void)state;
    plan.settings = &chosen;
    cJSON *spec = container_spec(&plan);

    assert_text(spec, "HostConfig.Runtime", "runsc");
    assert_texts(spec, "HostConfig.SecurityOpt", "no-new-privileges:true apparmor=mine");
    cJSON_Delete(spec);
}

static void the_network_is_the_one_of_the_job(void **state)
{
    struct maps_job connected = job;
    struct container_plan plan = plan_of(&job);
    cJSON *spec = container_spec(&plan);

    (void)state;
    assert_text(spec, "HostConfig.NetworkMode", "none");
    assert_true(json_true(spec, "NetworkDisabled"));
    cJSON_Delete(spec);
    connected.network = "intranet";
    plan = plan_of(&connected);
    spec = container_spec(&plan);
    assert_text(spec, "HostConfig.NetworkMode", "intranet");
    assert_false(json_true(spec, "NetworkDisabled"));
    cJSON_Delete(spec);
}

static void the_engines_log_has_room_for_all_that_a_job_may_write(void **state)
{
    struct container_plan plan = plan_of(&job);
    cJSON *spec = container_spec(&plan);

    (void)state;
    assert_text(spec, "HostConfig.LogConfig.Type", "local");
    assert_true(atoll(json_text(spec, "HostConfig.LogConfig.Config.max-size")) * 1024 >=
                2 * (4 << 20));
    cJSON_Delete(spec);
    plan.podman = true;
    spec = container_spec(&plan);
    assert_text(spec, "HostConfig.LogConfig.Type", "k8s-file");
    assert_null(json_item(spec, "HostConfig.LogConfig.Config.max-file"));
    cJSON_Delete(spec);
}

/* ---- memory that runs short ---- */

static int allocations_left;

static void *allocate(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* A container that lacks a part of its confinement must not be made. */
static void short_of_memory_a_spec_is_whole_or_not_there(void **state)
{
    cJSON_Hooks hooks = { allocate, free };
    const struct container_plan plan = plan_of(&job);
    cJSON *whole = container_spec(&plan), *spec = NULL;

    (void)state;
    for (int most = 0; spec == NULL && most < 10000; most++) {
        allocations_left = most;
        cJSON_InitHooks(&hooks);
        spec = container_spec(&plan);
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
        cmocka_unit_test(a_container_is_confined_whatever_the_job),
        cmocka_unit_test(a_container_tells_whose_it_is_and_runs_maps_init),
        cmocka_unit_test(only_output_and_control_can_be_written_to),
        cmocka_unit_test(files_by_archive_go_into_volumes_without_a_name),
        cmocka_unit_test(limits_are_set_where_the_engine_keeps_them),
        cmocka_unit_test(a_default_of_too_many_cpus_becomes_all_there_are),
        cmocka_unit_test(only_the_operators_choices_loosen_or_tighten_it),
        cmocka_unit_test(the_network_is_the_one_of_the_job),
        cmocka_unit_test(the_engines_log_has_room_for_all_that_a_job_may_write),
        cmocka_unit_test(short_of_memory_a_spec_is_whole_or_not_there),
    };

    return cmocka_run_group_tests_name("container_spec", tests, NULL, NULL);
}
