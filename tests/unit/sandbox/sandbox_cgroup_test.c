/* SPDX-License-Identifier: Apache-2.0 */
/* Finding control groups in the kernel's tables, as they look on real machines, and making
 * a job's groups in folders that stand in for /sys/fs/cgroup. */
#include "../../../plugins/common/files.h"
#include "../../../plugins/sandbox/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Debian 12 with systemd. */
static const char v2_own[] = "0::/system.slice/maps-backend.service\n";
static const char v2_mounts[] =
    "23 28 0:22 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
    "29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
/* Controllers on v1, and v2 beside it without any. */
static const char hybrid_own[] = "6:cpu,cpuacct:/a\n4:memory:/a b\n3:pids:/\n0::/u\n";
static const char hybrid_mounts[] =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory\\040x rw master:3 shared:4 - cgroup cgroup rw,memory\n"
    "39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
/* Docker on v1: the mount shows only the container's own part. */
static const char container_mounts[] =
    "35 31 0:32 /docker/4f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";

static void own_groups_are_found(void **state)
{
    static const struct {
        const char *table, *controller, *path;
    } cases[] = {
        { v2_own, "", "/system.slice/maps-backend.service" },
        { hybrid_own, "cpu", "/a" },
        { hybrid_own, "cpuacct", "/a" },
        { hybrid_own, "memory", "/a b" },
        { hybrid_own, "pids", "/" },
        { hybrid_own, "", "/u" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *path = cgroup_own_path(cases[i].table, cases[i].controller);

        assert_non_null(path);
        assert_string_equal(path, cases[i].path);
        free(path);
    }
    assert_null(cgroup_own_path(v2_own, "memory"));
    assert_null(cgroup_own_path(hybrid_own, "mem"));
    assert_null(cgroup_own_path("garbage\n:\n::", "memory"));
}

static void assert_mount(const char *table, const char *controller, const char *point)
{
    struct cgroup_mount mount;

    assert_true(cgroup_find_mount(table, controller, &mount));
    assert_string_equal(mount.point, point);
    cgroup_mount_clear(&mount);
}

static void mounts_are_found(void **state)
{
    struct cgroup_mount mount;

    (void)state;
    assert_mount(v2_mounts, "", "/sys/fs/cgroup");
    assert_mount(hybrid_mounts, "cpu", "/sys/fs/cgroup/cpu,cpuacct");
    assert_mount(hybrid_mounts, "memory", "/sys/fs/cgroup/memory x");
    assert_mount(hybrid_mounts, "", "/sys/fs/cgroup/unified");
    assert_false(cgroup_find_mount(v2_mounts, "memory", &mount));
    assert_false(cgroup_find_mount("1 2 3\n- - -\n", "memory", &mount));
}

static void a_group_is_seen_below_its_mount(void **state)
{
    struct cgroup_mount mount;
    char *path;

    (void)state;
    assert_true(cgroup_find_mount(container_mounts, "memory", &mount));
    path = cgroup_visible_path(&mount, "/docker/4f/x");
    assert_string_equal(path, "/sys/fs/cgroup/memory/x");
    free(path);
    path = cgroup_visible_path(&mount, "/docker/4f");
    assert_string_equal(path, "/sys/fs/cgroup/memory");
    free(path);
    assert_null(cgroup_visible_path(&mount, "/docker/4f2"));
    assert_null(cgroup_visible_path(&mount, "/elsewhere"));
    assert_null(cgroup_visible_path(&mount, "/docker/4f/../.."));
    cgroup_mount_clear(&mount);
}

static void counters_and_names_are_read(void **state)
{
    char id[64];
    uint32_t attempt;

    (void)state;
    assert_int_equal(cgroup_counter("low 0\noom 3\noom_kill 2\noom_group_kill 9\n", "oom_kill"), 2);
    assert_int_equal(cgroup_counter("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n", "oom_kill"),
                     5);
    assert_int_equal(cgroup_counter("", "oom_kill"), 0);
    assert_true(cgroup_has_word("cpuset cpu io\n", "cpu"));
    assert_false(cgroup_has_word("cpuset io\n", "cpu"));
    assert_true(cgroup_parse_job("my-job-12", id, sizeof(id), &attempt));
    assert_string_equal(id, "my-job");
    assert_int_equal(attempt, 12);
    assert_false(cgroup_parse_job("job", id, sizeof(id), &attempt));
    assert_false(cgroup_parse_job("job-", id, sizeof(id), &attempt));
    assert_false(cgroup_parse_job("job-0", id, sizeof(id), &attempt));
    assert_false(cgroup_parse_job("-1", id, sizeof(id), &attempt));
    assert_false(cgroup_parse_job("cgroup.procs", id, sizeof(id), &attempt));
}

/* ---- a folder that stands in for / ---- */

static char root[64];

static void put(const char *path, const char *text)
{
    char whole[300], *slash;
    FILE *file;

    snprintf(whole, sizeof(whole), "%s%s", root, path);
    for (slash = strchr(whole + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(whole, 0755);
        *slash = '/';
    }
    file = fopen(whole, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static bool there(const char *path)
{
    char whole[300];

    snprintf(whole, sizeof(whole), "%s%s", root, path);
    return access(whole, F_OK) == 0;
}

static void assert_holds(const char *path, const char *text)
{
    char whole[300], *held;

    snprintf(whole, sizeof(whole), "%s%s", root, path);
    held = file_slurp(whole);
    assert_non_null(held);
    assert_string_equal(held, text);
    free(held);
}

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/maps-cgroup-XXXXXX");
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static struct cgroup_layout find(bool v1, bool v2, const char *parent)
{
    const struct cgroup_wish wish = { v1, v2, parent, root };
    struct cgroup_layout layout;
    struct fault fault = { "" };

    cgroup_layout_find(&wish, &layout, &fault);
    assert_true((layout.mode == CGROUP_NONE) == (fault.text[0] != '\0'));
    return layout;
}

static void v1_controllers_are_used_where_they_are(void **state)
{
    const struct maps_limits limits = { .memory_bytes = 1 << 26, .pids = 32, .cpu_millis = 1500 };
    struct cgroup_layout layout;
    struct cgroup_job job;
    struct fault fault;

    (void)state;
    put("/proc/self/cgroup", hybrid_own);
    put("/proc/self/mountinfo", hybrid_mounts);
    put("/sys/fs/cgroup/memory x/tasks", "");
    put("/sys/fs/cgroup/pids/tasks", "");
    put("/sys/fs/cgroup/unified/cgroup.controllers", "");
    layout = find(true, true, "");
    assert_int_equal(layout.mode, CGROUP_V1);
    assert_int_equal(cgroup_layout_limits(&layout), MAPS_LIMIT_MEMORY | MAPS_LIMIT_PIDS);
    assert_true(there("/sys/fs/cgroup/pids/maps-backend"));
    assert_int_equal(cgroup_job_name(&layout, "own", "job", 1, &job), 0);
    put("/sys/fs/cgroup/memory x/maps-backend/own/job-1/memory.limit_in_bytes", "");
    put("/sys/fs/cgroup/memory x/maps-backend/own/job-1/memory.memsw.limit_in_bytes", "");
    put("/sys/fs/cgroup/pids/maps-backend/own/job-1/pids.max", "");
    assert_int_equal(cgroup_job_create(&job, &limits, &fault), 0);
    assert_holds("/sys/fs/cgroup/memory x/maps-backend/own/job-1/memory.limit_in_bytes",
                 "67108864");
    assert_holds("/sys/fs/cgroup/memory x/maps-backend/own/job-1/memory.memsw.limit_in_bytes",
                 "67108864");
    assert_holds("/sys/fs/cgroup/pids/maps-backend/own/job-1/pids.max", "33");
    put("/sys/fs/cgroup/memory x/maps-backend/own/job-1/memory.oom_control", "oom_kill 2\n");
    assert_int_equal(cgroup_job_oom_kills(&job), 2);
    cgroup_job_clear(&job);
    cgroup_layout_clear(&layout);
}

static void prepare_v2(const char *top)
{
    static const char all[] = "cpuset cpu io memory pids\n";
    char path[200];

    put("/proc/self/cgroup", v2_own);
    put("/proc/self/mountinfo", v2_mounts);
    snprintf(path, sizeof(path), "%s/cgroup.controllers", top);
    put(path, all);
    snprintf(path, sizeof(path), "%s/cgroup.subtree_control", top);
    put(path, all);
    snprintf(path, sizeof(path), "%s/maps-backend/cgroup.controllers", top);
    put(path, all);
    snprintf(path, sizeof(path), "%s/maps-backend/cgroup.subtree_control", top);
    put(path, all);
}

static void v2_limits_are_written_in_one_group(void **state)
{
    static const char job_dir[] = "/sys/fs/cgroup/maps-backend/own/job-1";
    const struct maps_limits limits = { .memory_bytes = 4096, .pids = 2, .cpu_millis = 1500 };
    static const char *const files[] = { "memory.max", "memory.swap.max", "pids.max", "cpu.max" };
    static const char *const values[] = { "4096", "0", "3", "150000 100000" };
    struct cgroup_layout layout;
    struct cgroup_job job;
    struct fault fault;
    char path[200];
    size_t i;

    (void)state;
    prepare_v2("/sys/fs/cgroup");
    layout = find(true, true, "");
    assert_int_equal(layout.mode, CGROUP_V2);
    assert_int_equal(cgroup_layout_limits(&layout),
                     MAPS_LIMIT_MEMORY | MAPS_LIMIT_PIDS | MAPS_LIMIT_CPU);
    assert_int_equal(cgroup_job_name(&layout, "own", "job", 1, &job), 0);
    for (i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/%s", job_dir, files[i]);
        put(path, "");
    }
    assert_int_equal(cgroup_job_create(&job, &limits, &fault), 0);
    for (i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/%s", job_dir, files[i]);
        assert_holds(path, values[i]);
    }
    cgroup_job_clear(&job);
    cgroup_layout_clear(&layout);
}

static void a_delegated_group_is_used_if_the_top_has_no_controllers(void **state)
{
    struct cgroup_layout layout;

    (void)state;
    put("/sys/fs/cgroup/cgroup.procs", "");
    prepare_v2("/sys/fs/cgroup/system.slice/maps-backend.service");
    layout = find(true, true, "");
    assert_int_equal(layout.mode, CGROUP_V2);
    assert_non_null(
        strstr(layout.parent[CGROUP_CPU], "/system.slice/maps-backend.service/maps-backend"));
    assert_false(there("/sys/fs/cgroup/maps-backend"));
    assert_true(layout.in_own_service);
    cgroup_layout_clear(&layout);
}

static void a_host_started_from_its_own_leaf_uses_the_group_above(void **state)
{
    struct cgroup_layout layout;

    (void)state;
    prepare_v2("/sys/fs/cgroup/system.slice/maps-backend.service");
    put("/proc/self/cgroup", "0::/system.slice/maps-backend.service/maps-host\n");
    layout = find(true, true, "");
    assert_int_equal(layout.mode, CGROUP_V2);
    assert_non_null(strstr(layout.parent[CGROUP_PIDS], "service/maps-backend"));
    assert_null(strstr(layout.parent[CGROUP_PIDS], "maps-host"));
    assert_false(layout.in_own_service);
    cgroup_layout_clear(&layout);
}

static void a_wished_parent_is_the_only_candidate(void **state)
{
    struct cgroup_layout layout;

    (void)state;
    prepare_v2("/sys/fs/cgroup/batch.slice");
    layout = find(true, true, "/batch.slice");
    assert_int_equal(layout.mode, CGROUP_V2);
    cgroup_layout_clear(&layout);
    layout = find(true, true, "/nowhere");
    assert_int_equal(layout.mode, CGROUP_NONE);
    cgroup_layout_clear(&layout);
    layout = find(true, false, "/batch.slice");
    assert_int_equal(layout.mode, CGROUP_NONE);
    assert_int_equal(cgroup_layout_limits(&layout), 0);
    cgroup_layout_clear(&layout);
}

static void no_tables_no_groups(void **state)
{
    struct cgroup_layout layout = find(true, true, "");

    (void)state;
    assert_int_equal(layout.mode, CGROUP_NONE);
    cgroup_layout_clear(&layout);
}

static void a_failed_limit_leaves_no_group(void **state)
{
    const struct maps_limits limits = { .pids = 2 };
    struct cgroup_layout layout;
    struct cgroup_job job;
    struct fault fault;

    (void)state;
    prepare_v2("/sys/fs/cgroup");
    layout = find(false, true, "");
    assert_int_equal(cgroup_job_name(&layout, "own", "job", 1, &job), 0);
    assert_int_equal(cgroup_job_create(&job, &limits, &fault), -ENOENT);
    assert_non_null(strstr(fault.text, "limit of processes"));
    assert_false(there("/sys/fs/cgroup/maps-backend/own"));
    assert_int_equal(cgroup_job_remove(&job), 0);
    cgroup_job_clear(&job);
    cgroup_layout_clear(&layout);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_groups_are_found),
        cmocka_unit_test(mounts_are_found),
        cmocka_unit_test(a_group_is_seen_below_its_mount),
        cmocka_unit_test(counters_and_names_are_read),
        WITH_ROOT(v1_controllers_are_used_where_they_are),
        WITH_ROOT(v2_limits_are_written_in_one_group),
        WITH_ROOT(a_delegated_group_is_used_if_the_top_has_no_controllers),
        WITH_ROOT(a_host_started_from_its_own_leaf_uses_the_group_above),
        WITH_ROOT(a_wished_parent_is_the_only_candidate),
        WITH_ROOT(no_tables_no_groups),
        WITH_ROOT(a_failed_limit_leaves_no_group),
    };

    return cmocka_run_group_tests_name("sandbox control groups", tests, NULL, NULL);
}
