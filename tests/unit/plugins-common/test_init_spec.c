/* SPDX-License-Identifier: Apache-2.0 */
/* The spec that plugins write is the one that maps-init reads: tested with both ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <init_spec.h>
#include <spec.h>
#include <string.h>

static const char *const command[] = { "/usr/bin/python3", "-I", NULL };
static const char *const no_words[] = { NULL };
static const struct maps_profile profile = {
    .size = sizeof(profile), .name = "python", .command = command, .script_name = "script.py"
};
static const struct maps_limits limits = { .size = sizeof(limits), .output_bytes = 1000 };

static struct maps_job job_with(const char *const *args, const char *const *env)
{
    return (struct maps_job){ .size = sizeof(struct maps_job),
                              .job_id = "job-1",
                              .attempt = 2,
                              .profile = &profile,
                              .limits = &limits,
                              .args = args,
                              .env = env };
}

static void build_and_parse(const struct init_spec_options *options, struct spec *spec)
{
    struct sentence why;
    size_t length;
    char *text = init_spec_build(options, &length);

    assert_non_null(text);
    assert_true(spec_parse(spec, text, length, &why));
}

static void assert_words(char **words, const char *const *expected)
{
    for (; *expected != NULL; words++, expected++) {
        assert_non_null(*words);
        assert_string_equal(*words, *expected);
    }
    assert_null(*words);
}

static void maps_init_reads_what_plugins_write(void **state)
{
    const char *const args[] = { "--name=a b", "", "c\nd", NULL };
    const char *const words[] = {
        "/usr/bin/python3", "-I", "/job/script.py", "--name=a b", "", "c\nd", NULL
    };
    const struct maps_job job = job_with(args, no_words);
    const struct init_spec_options options = { .job = &job,
                                               .timeout_ms = 605000,
                                               .nproc = 32,
                                               .nofile = 1024,
                                               .fsize = 1 << 30,
                                               .passthrough = false,
                                               .path_variable = "/usr/bin:/bin" };
    struct spec spec;

    (void)state;
    build_and_parse(&options, &spec);
    assert_words(spec.arguments, words);
    assert_int_equal(spec.attempt, 2);
    assert_int_equal(spec.timeout_ms, 605000);
    assert_int_equal(spec.output_bytes, 1000);
    assert_int_equal(spec.nproc, 32);
    assert_int_equal(spec.nofile, 1024);
    assert_int_equal(spec.fsize, 1 << 30);
    assert_false(spec.passthrough);
    assert_string_equal(spec.cwd, "/job/output");
    spec_free(&spec);
}

static void the_environment_is_the_standard_one(void **state)
{
    const char *const expected[] = { "PATH=/usr/bin:/bin",
                                     "HOME=/tmp",
                                     "LANG=C.UTF-8",
                                     "MAPS_JOB_ID=job-1",
                                     "MAPS_REQUEST=/job/request.json",
                                     "MAPS_INPUT=/job/input",
                                     "MAPS_OUTPUT=/job/output",
                                     NULL };
    const struct maps_job job = job_with(no_words, no_words);
    const struct init_spec_options options = { .job = &job,
                                               .passthrough = true,
                                               .path_variable = "/usr/bin:/bin" };
    struct spec spec;

    (void)state;
    build_and_parse(&options, &spec);
    assert_words(spec.environment, expected);
    assert_true(spec.passthrough);
    assert_int_equal(spec.timeout_ms, 0);
    spec_free(&spec);
}

static void a_job_overrides_all_but_the_maps_variables(void **state)
{
    const char *const env[] = { "HOME=/job/output",
                                "MAPS_INPUT=/etc",
                                "MAPS_JOB_ID=other",
                                "PATH=/opt/bin",
                                "MAPS_REGION=eu",
                                "HOMEPAGE=x=y",
                                NULL };
    const char *const expected[] = { "LANG=C.UTF-8",
                                     "MAPS_JOB_ID=job-1",
                                     "MAPS_REQUEST=/job/request.json",
                                     "MAPS_INPUT=/job/input",
                                     "MAPS_OUTPUT=/job/output",
                                     "HOME=/job/output",
                                     "PATH=/opt/bin",
                                     "MAPS_REGION=eu",
                                     "HOMEPAGE=x=y",
                                     NULL };
    const struct maps_job job = job_with(no_words, env);
    const struct init_spec_options options = { .job = &job, .path_variable = "/usr/bin:/bin" };
    struct spec spec;

    (void)state;
    build_and_parse(&options, &spec);
    assert_words(spec.environment, expected);
    spec_free(&spec);
}

static void the_images_variables_give_way_to_all_others(void **state)
{
    const char *const base[] = { "PYTHONHOME=/opt/python",
                                 "PATH=/image/bin",
                                 "HOME=/root",
                                 "MAPS_OUTPUT=/etc",
                                 "MODE=image",
                                 "NOT_A_VARIABLE",
                                 NULL };
    const char *const env[] = { "MODE=job", NULL };
    const char *const expected[] = { "PYTHONHOME=/opt/python",
                                     "PATH=/image/bin",
                                     "HOME=/tmp",
                                     "LANG=C.UTF-8",
                                     "MAPS_JOB_ID=job-1",
                                     "MAPS_REQUEST=/job/request.json",
                                     "MAPS_INPUT=/job/input",
                                     "MAPS_OUTPUT=/job/output",
                                     "MODE=job",
                                     NULL };
    const struct maps_job job = job_with(no_words, env);
    const struct init_spec_options options = { .job = &job,
                                               .base_env = base,
                                               .path_variable = "/usr/bin:/bin" };
    struct spec spec;

    (void)state;
    build_and_parse(&options, &spec);
    assert_words(spec.environment, expected);
    spec_free(&spec);
}

static void a_jobs_path_wins_over_the_images(void **state)
{
    const char *const base[] = { "PATH=/image/bin", NULL };
    const char *const env[] = { "PATH=/job/bin", NULL };
    const struct maps_job job = job_with(no_words, env);
    const struct init_spec_options options = { .job = &job,
                                               .base_env = base,
                                               .path_variable = "/usr/bin:/bin" };
    size_t paths = 0;
    struct spec spec;

    (void)state;
    build_and_parse(&options, &spec);
    for (char **variable = spec.environment; *variable != NULL; variable++)
        paths += strncmp(*variable, "PATH=", 5) == 0;
    assert_int_equal(paths, 1);
    spec_free(&spec);
}

static void writable_folders_and_their_cap_arrive(void **state)
{
    const char *const writable[] = { "/job/output", "/tmp", NULL };
    const struct maps_job job = job_with(no_words, no_words);
    struct init_spec_options options = { .job = &job };
    struct spec spec;

    (void)state;
    build_and_parse(&options, &spec);
    assert_null(spec.writable[0]);
    assert_int_equal(spec.disk_bytes, 0);
    spec_free(&spec);
    options.writable = writable;
    options.disk_bytes = 5000;
    build_and_parse(&options, &spec);
    assert_words(spec.writable, writable);
    assert_int_equal(spec.disk_bytes, 5000);
    spec_free(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_init_reads_what_plugins_write),
        cmocka_unit_test(the_environment_is_the_standard_one),
        cmocka_unit_test(a_job_overrides_all_but_the_maps_variables),
        cmocka_unit_test(the_images_variables_give_way_to_all_others),
        cmocka_unit_test(a_jobs_path_wins_over_the_images),
        cmocka_unit_test(writable_folders_and_their_cap_arrive),
    };

    return cmocka_run_group_tests_name("init_spec", tests, NULL, NULL);
}
