/* SPDX-License-Identifier: Apache-2.0 */
/* How files get to containers, from what a trial container left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sharing.h>
#include <string.h>

enum { RUNNER_UID = 64000, RUNNER_GID = 64001 };

static const struct maps_job job = { .runner_uid = RUNNER_UID,
                                     .runner_gid = RUNNER_GID,
                                     .control_dir = "/data/jobs/1/control" };

static struct maps_instance instance_of(enum files_mode files, bool root)
{
    static char none[] = "";

    return (struct maps_instance){
        .files = files, .root = root, .project_dir = none, .project_mount = none
    };
}

static void assert_decided(const struct maps_instance *instance,
                           const struct sharing_finding *finding, enum files_mode mode,
                           uint32_t uid_shift, uint32_t gid_shift)
{
    struct sharing sharing;
    struct fault fault = { "" };

    if (sharing_decide(instance, &job, finding, &sharing, &fault) != 0)
        fail_msg("refused: %s", fault.text);
    assert_int_equal(sharing.mode, mode);
    assert_int_equal(sharing.uid_shift, uid_shift);
    assert_int_equal(sharing.gid_shift, gid_shift);
}

static void assert_refused(const struct maps_instance *instance,
                           const struct sharing_finding *finding, const char *part)
{
    struct sharing sharing;
    struct fault fault = { "" };

    assert_int_equal(sharing_decide(instance, &job, finding, &sharing, &fault), -ENOTSUP);
    assert_int_not_equal(sharing.mode, FILES_SHARED);
    if (strstr(fault.text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", fault.text, part);
}

static const struct sharing_finding as_we_are = { true, RUNNER_UID, RUNNER_GID };
static const struct sharing_finding shifted = { true, RUNNER_UID + 100000, RUNNER_GID + 200000 };
static const struct sharing_finding other_group = { true, RUNNER_UID, RUNNER_GID + 1 };
static const struct sharing_finding invisible = { false, 0, 0 };

static void files_that_the_engine_sees_as_we_do_are_shared(void **state)
{
    const enum files_mode wishes[] = { FILES_AUTO, FILES_SHARED };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct maps_instance user = instance_of(wishes[i], false);
        const struct maps_instance root = instance_of(wishes[i], true);

        assert_decided(&user, &as_we_are, FILES_SHARED, 0, 0);
        assert_decided(&root, &as_we_are, FILES_SHARED, 0, 0);
    }
}

static void shifted_ids_need_root_and_go_by_archive_otherwise(void **state)
{
    const struct maps_instance root = instance_of(FILES_AUTO, true);
    const struct maps_instance user = instance_of(FILES_AUTO, false);

    (void)state;
    assert_decided(&root, &shifted, FILES_SHARED, 100000, 200000);
    assert_decided(&root, &other_group, FILES_SHARED, 0, 1);
    assert_decided(&user, &shifted, FILES_ARCHIVE, 0, 0);
    assert_decided(&user, &other_group, FILES_ARCHIVE, 0, 0);
}

static void files_that_the_engine_does_not_see_go_by_archive(void **state)
{
    const struct maps_instance root = instance_of(FILES_AUTO, true);

    (void)state;
    assert_decided(&root, &invisible, FILES_ARCHIVE, 0, 0);
}

static void sharing_that_cannot_be_had_is_refused_with_the_way_out(void **state)
{
    const struct maps_instance root = instance_of(FILES_SHARED, true);
    const struct maps_instance user = instance_of(FILES_SHARED, false);

    (void)state;
    assert_refused(&root, &invisible, "does not see /data/jobs/1/control");
    assert_refused(&user, &invisible, "\"archive\"");
    assert_refused(&user, &shifted, "write as uid 164000");
}

/* It was given so that files are shared: silence would hide that it is wrong. */
static void a_project_folder_that_does_not_fit_is_told(void **state)
{
    struct maps_instance instance = instance_of(FILES_AUTO, true);
    char project_dir[] = "/home/me/maps", project_mount[] = "/project";

    (void)state;
    instance.project_dir = project_dir;
    instance.project_mount = project_mount;
    assert_refused(&instance, &invisible, "HOST_PROJECT_DIR=/home/me/maps");
    assert_refused(&instance, &invisible, "/project");
    assert_decided(&instance, &as_we_are, FILES_SHARED, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_the_engine_sees_as_we_do_are_shared),
        cmocka_unit_test(shifted_ids_need_root_and_go_by_archive_otherwise),
        cmocka_unit_test(files_that_the_engine_does_not_see_go_by_archive),
        cmocka_unit_test(sharing_that_cannot_be_had_is_refused_with_the_way_out),
        cmocka_unit_test(a_project_folder_that_does_not_fit_is_told),
    };

    return cmocka_run_group_tests_name("docker_sharing", tests, NULL, NULL);
}
