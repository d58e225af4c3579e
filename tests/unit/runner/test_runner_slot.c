/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "job/tree.h"
#include "runner/slot.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char top[] = "/tmp/maps-slot-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
    return mkdtemp(top) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    return tree_remove(AT_FDCWD, top);
}

/* Takes a slot, which must be this one. */
static struct store *take(const char *name)
{
    struct store *store = NULL;
    char *folder = NULL;
    struct error *err = slot_take(top, &store, &folder);

    if (err != NULL)
        fail_msg("%s", err->message);
    assert_string_equal(strrchr(folder, '/') + 1, name);
    free(folder);
    return store;
}

static void the_first_free_one_is_taken(void **state)
{
    struct store *first, *second, *third;

    (void)state;
    first = take("0");
    second = take("1");
    store_close(first);
    third = take("0");
    store_close(second);
    store_close(third);
}

static void one_that_holds_jobs_is_taken_before(void **state)
{
    struct store *first, *second;
    char left[64];

    (void)state;
    first = take("0");
    second = take("1");
    store_close(first);
    store_close(second);
    (void)snprintf(left, sizeof(left), "%s/oneshot/1/jobs", top);
    assert_int_equal(mkdir(left, 0755), 0);
    store_close(take("0"));
    (void)snprintf(left, sizeof(left), "%s/oneshot/1/jobs/left", top);
    assert_int_equal(mkdir(left, 0755), 0);
    first = take("1");
    second = take("0"); /* the other is in use, whatever it holds */
    store_close(first);
    store_close(second);
}

static void a_folder_that_cannot_be_made_is_said(void **state)
{
    struct store *store = NULL;
    char *folder = NULL;
    struct error *err = slot_take("/dev/null", &store, &folder);

    (void)state;
    assert_non_null(err);
    assert_non_null(strstr(err->message, "MAPS_DATA_DIR"));
    error_free(err);
    err = slot_take(NULL, &store, &folder);
    assert_non_null(err);
    error_free(err);
}

#define SLOT_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SLOT_TEST(the_first_free_one_is_taken),
        SLOT_TEST(one_that_holds_jobs_is_taken_before),
        SLOT_TEST(a_folder_that_cannot_be_made_is_said),
    };

    return cmocka_run_group_tests_name("runner_slot", tests, NULL, NULL);
}
