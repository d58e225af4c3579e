/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions in parts become jobs as those in JSON do, and leave nothing in incoming/. */
#include "house.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct house house;

static int set_up(void **state)
{
    (void)state;
    house_open(&house, 2, 4);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

static struct upload *new_upload(void)
{
    struct upload *upload = NULL;

    assert_null(jobs_new_upload(house.jobs, &house.settings, &upload));
    return upload;
}

static void add(struct upload *upload, const char *name, const char *filename, const char *bytes)
{
    assert_null(upload_part(upload, name, filename));
    assert_null(upload_bytes(upload, bytes, strlen(bytes)));
}

static struct upload *an_upload(const char *file, const char *options)
{
    struct upload *upload = new_upload();

    add(upload, "files", "data/a", file);
    add(upload, "script", NULL, "exit 0");
    add(upload, "options", NULL, options);
    return upload;
}

static size_t entries(const char *folder)
{
    char path[128];
    size_t count = 0;

    (void)snprintf(path, sizeof(path), "%s/%s", house.data_dir, folder);
    DIR *dir = opendir(path);
    while (readdir(dir) != NULL)
        count++;
    (void)closedir(dir);
    return count - 2;
}

static void an_upload_becomes_a_job_with_its_files(void **state)
{
    struct job_record *record = NULL;
    char path[256], bytes[16] = "";

    (void)state;
    assert_null(
        house_submit_upload(&house, an_upload("1,2,3", "{\"job_id\": \"up\"}"), NULL, &record));
    assert_string_equal(record->id, "up");
    job_record_free(record);
    (void)snprintf(path, sizeof(path), "%s/jobs/up/input/data/a", house.data_dir);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_int_equal(fread(bytes, 1, sizeof(bytes), in), 5);
    (void)fclose(in);
    assert_string_equal(bytes, "1,2,3");
    assert_int_equal(entries("incoming"), 0);
    job_record_free(house_wait_end(&house, "up"));
}

static void a_key_makes_parts_and_json_one_job(void **state)
{
    struct job_record *first = NULL, *second = NULL, *third = NULL;

    (void)state;
    assert_null(house_submit_upload(&house, an_upload("1", "{\"timeout\": 5}"), "key", &first));
    assert_null(house_submit_upload(&house, an_upload("1", "{\"timeout\": 5}"), "key", &second));
    assert_string_equal(first->id, second->id);
    assert_null(house_submit(&house,
                             "{\"script_content\": \"exit 0\", \"timeout\": 5, \"files\":"
                             "[{\"path\": \"data/a\", \"content_base64\": \"MQ==\"}]}",
                             "key", &third));
    assert_string_equal(first->id, third->id);
    job_record_free(house_wait_end(&house, first->id));
    job_record_free(first);
    job_record_free(second);
    job_record_free(third);
    ERROR_AUTO err = house_submit_upload(&house, an_upload("2", "{\"timeout\": 5}"), "key", &first);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_CONFLICT);
    assert_int_equal(entries("incoming"), 0);
}

static void what_is_refused_leaves_nothing(void **state)
{
    static const char *const options[] = { "{\"timeout\": -1}", "{", "{\"files\": []}",
                                           "{\"script_content\": \"x\"}" };

    (void)state;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        ERROR_AUTO err = house_submit_upload(&house, an_upload("1", options[i]), NULL, NULL);

        assert_non_null(err);
        assert_int_equal(entries("incoming"), 0);
        assert_int_equal(entries("jobs"), 0);
    }
}

static void a_host_that_stops_takes_no_uploads(void **state)
{
    struct upload *upload = NULL;

    (void)state;
    jobs_drain(house.jobs);
    ERROR_AUTO err = jobs_new_upload(house.jobs, &house.settings, &upload);
    assert_non_null(err);
    assert_int_equal(err->kind, ERROR_UNAVAILABLE);
    assert_true(err->retry_after_seconds > 0);
    assert_null(upload);
}

static void a_dropped_upload_is_gone_when_the_host_has_stopped(void **state)
{
    (void)state;
    jobs_drop_upload(house.jobs, an_upload("1", "{}"));
    house_reopen(&house);
    assert_int_equal(entries("incoming"), 0);
    assert_int_equal(entries("trash"), 0);
}

static void a_new_host_removes_what_a_former_one_was_taking_in(void **state)
{
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/incoming/left", house.data_dir);
    assert_int_equal(mkdir(path, 0700), 0);
    house_reopen(&house);
    assert_int_equal(entries("incoming"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_upload_becomes_a_job_with_its_files),
        TEST(a_key_makes_parts_and_json_one_job),
        TEST(what_is_refused_leaves_nothing),
        TEST(a_host_that_stops_takes_no_uploads),
        TEST(a_dropped_upload_is_gone_when_the_host_has_stopped),
        TEST(a_new_host_removes_what_a_former_one_was_taking_in),
    };

    return cmocka_run_group_tests_name("submit_upload", tests, NULL, NULL);
}
