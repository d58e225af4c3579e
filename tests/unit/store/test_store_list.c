/* SPDX-License-Identifier: Apache-2.0 */
/* Listing: order, cursor, filters. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The ids that a query yields, as one string. */
static void assert_listed(struct store *store, const struct store_query *query,
                          const char *expected)
{
    struct job_record **records = NULL;
    size_t count = 0;
    char ids[64] = "";

    assert_null(store_wait_list(store, query, &records, &count));
    for (size_t i = 0; i < count; i++)
        strcat(ids, records[i]->id);
    store_list_free(records, count);
    assert_string_equal(ids, expected);
}

static void insert_labelled(struct store *store, const char *id, const char *labels)
{
    struct job_record *record = fixture_record(id);

    free(record->labels);
    record->labels = labels == NULL ? NULL : strdup(labels);
    assert_null(store_wait_insert(store, record, &record));
    job_record_free(record);
}

static void newest_first_by_pages(void **state)
{
    struct store *store = fixture_open(*state);
    struct store_query query = { .limit = 2 };
    struct job_record *record;

    assert_listed(store, &query, "");
    for (char id[] = "a"; id[0] <= 'e'; id[0]++)
        insert_labelled(store, id, "{}");
    assert_listed(store, &query, "ed");
    assert_null(store_wait_get(store, "d", &record));
    query.before_sequence = record->sequence;
    job_record_free(record);
    assert_listed(store, &query, "cb");
    query.limit = 0;
    assert_listed(store, &query, "cba");
    query.before_sequence = 0;
    query.oldest_first = true;
    assert_listed(store, &query, "abcde");
    store_close(store);
}

static void by_status_and_by_what_is_to_clean(void **state)
{
    struct store *store = fixture_open(*state);
    struct store_query query = { .statuses = IN(JOB_STARTING) | IN(JOB_QUEUED) };
    const struct store_change dirty = { .job_id = "c",
                                        .from = IN(JOB_CANCELLED),
                                        .to = -1,
                                        .set = STORE_SET_CLEANUP,
                                        .values = { .cleanup_pending = true } };
    struct job_record *record;

    insert_labelled(store, "a", NULL);
    insert_labelled(store, "b", "{}");
    insert_labelled(store, "c", "{}");
    assert_true(fixture_move(store, "b", IN(JOB_QUEUED), JOB_STARTING));
    assert_true(fixture_move(store, "c", IN(JOB_QUEUED), JOB_CANCELLED));
    assert_listed(store, &query, "ba");
    query.statuses = IN(JOB_CANCELLED);
    assert_listed(store, &query, "c");
    query.statuses = IN(JOB_RUNNING);
    assert_listed(store, &query, "");
    query.statuses = 1u << 30;
    assert_listed(store, &query, "");
    query = (struct store_query){ .cleanup_pending = true };
    assert_listed(store, &query, "");
    assert_null(store_wait_change(store, &dirty, &record));
    job_record_free(record);
    assert_listed(store, &query, "c");
    store_close(store);
}

static void by_label_whatever_the_label_is(void **state)
{
    struct store *store = fixture_open(*state);
    struct store_query query = { .label_key = "team/x.y", .label_value = "maps" };

    insert_labelled(store, "a", "{\"team/x.y\":\"maps\"}");
    insert_labelled(store, "b", "{\"team/x.y\":\"other\",\"q\\\"'\":\"it's \\\"q\\\"\"}");
    insert_labelled(store, "c", "{\"team\":\"maps\"}");
    insert_labelled(store, "d", "{\"team/x.y\":\"maps\",\"n\":\"1\"}");
    assert_listed(store, &query, "da");
    query.label_value = NULL;
    assert_listed(store, &query, "dba");
    query.limit = 1;
    query.oldest_first = true;
    assert_listed(store, &query, "a");
    query = (struct store_query){ .label_key = "q\"'", .label_value = "it's \"q\"" };
    assert_listed(store, &query, "b");
    query = (struct store_query){ .label_key = "n", .label_value = "' OR 1=1" };
    assert_listed(store, &query, "");

    /* Labels go with their job. */
    query = (struct store_query){ .label_key = "n" };
    assert_listed(store, &query, "d");
    assert_true(fixture_move(store, "d", IN(JOB_QUEUED), JOB_LOST));
    assert_null(store_wait_delete(store, "d"));
    assert_listed(store, &query, "");
    store_close(store);
}

int main(void)
{
#define STORE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(newest_first_by_pages),
        STORE_TEST(by_status_and_by_what_is_to_clean),
        STORE_TEST(by_label_whatever_the_label_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
