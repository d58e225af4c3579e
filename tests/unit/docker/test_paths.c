/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>

static void assert_found(const struct path_map *map, const char *path, const char *expected)
{
    char *found = path_map_find(map, path);

    if (found == NULL)
        fail_msg("%s is not found", path);
    assert_string_equal(found, expected);
    free(found);
}

static void assert_unknown(const struct path_map *map, const char *path)
{
    errno = 0;
    assert_null(path_map_find(map, path));
    assert_int_equal(errno, ENOENT);
}

static void outside_a_container_a_path_is_itself(void **state)
{
    struct path_map map = { .whole = true };

    (void)state;
    assert_found(&map, "/srv/jobs/1", "/srv/jobs/1");
    assert_true(path_map_add(&map, "/data", "/mnt/disk"));
    assert_found(&map, "/srv/jobs/1", "/srv/jobs/1");
    assert_found(&map, "/data/jobs", "/mnt/disk/jobs");
    path_map_clear(&map);
}

static void a_mounted_folder_is_what_it_is_on_the_engines_machine(void **state)
{
    struct path_map map = { 0 };

    (void)state;
    assert_true(path_map_add(&map, "/data/", "/home/me/project//"));
    assert_found(&map, "/data", "/home/me/project");
    assert_found(&map, "/data/jobs/1", "/home/me/project/jobs/1");
    assert_unknown(&map, "/database/x");
    assert_unknown(&map, "/dat");
    assert_unknown(&map, "/");
    path_map_clear(&map);
    assert_unknown(&map, "/data");
}

static void the_innermost_mount_counts_and_of_two_alike_the_first(void **state)
{
    struct path_map map = { 0 };

    (void)state;
    assert_true(path_map_add(&map, "/data", "/a"));
    assert_true(path_map_add(&map, "/data/jobs", "/b"));
    assert_true(path_map_add(&map, "/data", "/c"));
    assert_found(&map, "/data/x", "/a/x");
    assert_found(&map, "/data/jobs/x", "/b/x");
    assert_found(&map, "/data/jobs2", "/a/jobs2");
    path_map_clear(&map);
}

static void the_root_can_be_mounted_and_be_mounted_elsewhere(void **state)
{
    struct path_map all = { 0 }, host = { 0 };

    (void)state;
    assert_true(path_map_add(&all, "/", "/var/lib/rootfs"));
    assert_found(&all, "/data", "/var/lib/rootfs/data");
    assert_true(path_map_add(&host, "/host", "/"));
    assert_found(&host, "/host/data", "/data");
    assert_found(&host, "/host", "/");
    path_map_clear(&all);
    path_map_clear(&host);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ROOT_LINE "600 599 0:50 / / ro,relatime - overlay overlay rw,lowerdir=/x\n"

static void assert_id(const char *mountinfo)
{
    char id[65] = "";

    if (!own_container_id(mountinfo, id))
        fail_msg("no id in: %s", mountinfo);
    assert_string_equal(id, ID);
}

static void a_process_in_a_container_finds_its_id(void **state)
{
    (void)state;
    assert_id(ROOT_LINE "613 600 8:1 /var/lib/docker/containers/" ID "/hostname /etc/hostname rw,"
                        "relatime - ext4 /dev/sda1 rw\n");
    assert_id(ROOT_LINE "612 600 8:1 /containers/" ID "/resolv.conf /etc/resolv.conf rw - ext4 "
                        "/dev/sda1 rw\n");
    /* Podman's path has the word twice. */
    assert_id(ROOT_LINE "614 600 0:24 /containers/storage/overlay-containers/" ID
                        "/userdata/hosts /etc/hosts rw,nosuid - tmpfs tmpfs rw\n");
}

static void what_others_containers_have_mounted_is_not_our_id(void **state)
{
    static const char *const texts[] = {
        "",
        ROOT_LINE,
        /* the machine itself, where an engine has a container's shared memory */
        ROOT_LINE "700 600 0:52 / /var/lib/docker/containers/" ID "/mounts/shm rw,nosuid - tmpfs "
                  "shm rw,size=65536k\n",
        /* a folder of the engine that was mounted into this container for a purpose */
        ROOT_LINE "700 600 8:1 /var/lib/docker/containers/" ID " /logs ro - ext4 /dev/sda1 rw\n",
        "613 600 8:1 /docker/containers/0123/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n",
        "613 600 8:1 /docker/containers/" ID "0/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n",
        "613 600 8:1 /docker/containers/",
        "613",
    };
    char id[65];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (own_container_id(texts[i], id))
            fail_msg("found an id in: %s", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outside_a_container_a_path_is_itself),
        cmocka_unit_test(a_mounted_folder_is_what_it_is_on_the_engines_machine),
        cmocka_unit_test(the_innermost_mount_counts_and_of_two_alike_the_first),
        cmocka_unit_test(the_root_can_be_mounted_and_be_mounted_elsewhere),
        cmocka_unit_test(a_process_in_a_container_finds_its_id),
        cmocka_unit_test(what_others_containers_have_mounted_is_not_our_id),
    };

    return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
