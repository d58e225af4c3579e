/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths of the host a submission may name. */
#include "job/host_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char srv[] = "/srv/maps", inner[] = "/srv/maps/in/", out[] = "/out", all[] = "/";
static char *readable[] = { srv, inner, NULL };
static char *writable[] = { out, NULL };
static char *everything[] = { all, NULL };
static const struct settings settings = { .job_readable_paths = readable,
                                          .job_writable_paths = writable };
static const struct settings nothing = { .references = 1 };
static const struct settings root = { .job_readable_paths = everything,
                                      .job_writable_paths = everything };

static void expect(const struct settings *given, const char *field, const char *path,
                   const char *folder, const char *rest)
{
    struct host_path found;
    ERROR_AUTO err = host_path_find(given, field, path, &found);

    if (err != NULL)
        fail_msg("%s: %s", path, err->message);
    assert_string_equal(found.root, folder);
    assert_string_equal(found.rest, rest);
    assert_string_equal(found.field, field);
}

static void expect_refused(const struct settings *given, const char *field, const char *path,
                           const char *words)
{
    struct host_path found;
    ERROR_AUTO err = host_path_find(given, field, path, &found);

    if (err == NULL)
        fail_msg("%s was found", path);
    assert_int_equal(err->kind, ERROR_INVALID);
    assert_string_equal(err->field, field);
    assert_non_null(strstr(err->message, words));
}

static void the_deepest_folder_counts(void **state)
{
    (void)state;
    expect(&settings, "script_path", "/srv/maps/a.py", srv, "a.py");
    expect(&settings, "input_path", "/srv/maps/in/x/y", inner, "x/y");
    expect(&settings, "input_path", "/srv/maps/in", inner, ".");
    expect(&settings, "request_path", "/srv/maps", srv, ".");
    expect(&settings, "output_path", "/out/1", out, "1");
    expect(&root, "script_path", "/etc/hosts", all, "etc/hosts");
    expect(&root, "output_path", "/", all, ".");
}

static void what_lies_elsewhere_is_refused(void **state)
{
    (void)state;
    expect_refused(&settings, "script_path", "/srv/mapsx/a", "jobs.readable_paths");
    expect_refused(&settings, "script_path", "/srv", "jobs.readable_paths");
    expect_refused(&settings, "script_path", "/out/a", "jobs.readable_paths");
    expect_refused(&settings, "output_path", "/srv/maps/a", "jobs.writable_paths");
    expect_refused(&nothing, "output_path", "/out", "no folders");
    expect_refused(&nothing, "script_path", "/out", "no folders");
}

static void only_plain_absolute_paths_are_taken(void **state)
{
    static const char *const paths[] = { "",         "out",     "./out", "/out/..",  "/out/../etc",
                                         "/out/./a", "/out//a", "//out", "/out/a\n", "/out/\xff" };

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        expect_refused(&root, "output_path", paths[i], "absolute");
}

static void a_copy_has_no_slashes_at_its_end(void **state)
{
    static const char *const paths[][2] = { { "/a/", "/a" }, { "/a//", "/a" }, { "/", "/" },
                                            { "//", "/" },   { "", "" },       { "/a/b", "/a/b" } };

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char *copy = host_path_copy(paths[i][0]);

        assert_string_equal(copy, paths[i][1]);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deepest_folder_counts),
        cmocka_unit_test(what_lies_elsewhere_is_refused),
        cmocka_unit_test(only_plain_absolute_paths_are_taken),
        cmocka_unit_test(a_copy_has_no_slashes_at_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
