/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads at once: one winner per job, one job per key.  Worth most under TSan. */
#include "fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 4, JOBS = 200, SUBMISSIONS = 50 };

struct race {
    struct store *store;
    pthread_barrier_t start;
    _Atomic int wins[JOBS];
};
struct racer {
    struct race *race;
    int to;
};

/* Assertions would longjmp out of the wrong thread: racers only count. */
static void *try_to_end_all(void *argument)
{
    const struct racer *racer = argument;

    (void)pthread_barrier_wait(&racer->race->start);
    for (int i = 0; i < JOBS; i++) {
        char id[JOB_ID_BYTES];
        const struct store_change change = { .job_id = id,
                                             .from = IN(JOB_QUEUED) | IN(JOB_RUNNING),
                                             .to = racer->to };
        struct job_record *record = NULL;

        (void)snprintf(id, sizeof(id), "job-%d", i);
        ERROR_AUTO err = store_wait_change(racer->race->store, &change, &record);
        if (err == NULL && (int)record->status == racer->to)
            atomic_fetch_add(&racer->race->wins[i], 1);
        job_record_free(record);
    }
    return NULL;
}

static void a_job_ends_exactly_once_however_many_try(void **state)
{
    static const int ends[THREADS] = { JOB_SUCCESS, JOB_CANCELLED, JOB_TIMEOUT, JOB_SUCCESS };
    struct race race = { .store = fixture_open(*state) };
    struct racer racers[THREADS];
    pthread_t threads[THREADS];

    for (int i = 0; i < JOBS; i++) {
        char id[JOB_ID_BYTES];

        (void)snprintf(id, sizeof(id), "job-%d", i);
        job_record_free(fixture_insert(race.store, id));
    }
    assert_int_equal(pthread_barrier_init(&race.start, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        racers[i] = (struct racer){ &race, ends[i] };
        assert_int_equal(pthread_create(&threads[i], NULL, try_to_end_all, &racers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(atomic_load(&race.wins[i]), 1);
    (void)pthread_barrier_destroy(&race.start);
    store_close(race.store);
}

struct submitter {
    struct race *race;
    int number;
    char ids[SUBMISSIONS][JOB_ID_BYTES]; /* the job that each submission became */
};

static struct job_record *submission(int thread, int i)
{
    struct job_record *record = job_record_new();
    char key[32];

    (void)snprintf(record->id, sizeof(record->id), "t%d-%d", thread, i);
    (void)snprintf(key, sizeof(key), "key-%d", i);
    record->request_digest = strdup("same");
    record->idempotency_key = strdup(key);
    return record;
}

static void *submit_all(void *argument)
{
    struct submitter *submitter = argument;

    (void)pthread_barrier_wait(&submitter->race->start);
    for (int i = 0; i < SUBMISSIONS; i++) {
        struct job_record *stored = NULL;
        ERROR_AUTO err =
            store_wait_insert(submitter->race->store, submission(submitter->number, i), &stored);

        if (err == NULL)
            memcpy(submitter->ids[i], stored->id, sizeof(stored->id));
        job_record_free(stored);
    }
    return NULL;
}

static void the_same_submission_in_parallel_is_one_job(void **state)
{
    static struct submitter submitters[THREADS];
    struct race race = { .store = fixture_open(*state) };
    const struct store_query all = { .limit = 0 };
    struct job_record **records;
    pthread_t threads[THREADS];
    size_t count;

    assert_int_equal(pthread_barrier_init(&race.start, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        submitters[i] = (struct submitter){ .race = &race, .number = i };
        assert_int_equal(pthread_create(&threads[i], NULL, submit_all, &submitters[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < SUBMISSIONS; i++) {
        assert_int_not_equal(submitters[0].ids[i][0], '\0');
        for (int t = 1; t < THREADS; t++)
            assert_string_equal(submitters[t].ids[i], submitters[0].ids[i]);
    }
    assert_null(store_wait_list(race.store, &all, &records, &count));
    assert_int_equal(count, SUBMISSIONS);
    store_list_free(records, count);
    (void)pthread_barrier_destroy(&race.start);
    store_close(race.store);
}

/* All queued before the first is answered: these share transactions. */
struct burst {
    char ids[SUBMISSIONS + 1][JOB_ID_BYTES];
    int conflicts;
    size_t count;
};

static void collect(void *context, struct error *err, struct job_record *record)
{
    struct burst *burst = context;

    burst->conflicts += err != NULL && err->kind == ERROR_CONFLICT;
    if (record != NULL)
        memcpy(burst->ids[burst->count], record->id, sizeof(record->id));
    burst->count++;
    error_free(err);
    job_record_free(record);
}

static void duplicates_within_one_batch_are_found_too(void **state)
{
    struct store *store = fixture_open(*state);
    struct burst burst = { .conflicts = 0 };

    for (int i = 0; i < SUBMISSIONS; i++)
        store_insert(store, submission(i, i % 2 == 0 ? 0 : i), collect, &burst);
    store_insert(store, fixture_record("t0-0"), collect, &burst);
    store_close(store);
    assert_int_equal(burst.count, SUBMISSIONS + 1);
    assert_int_equal(burst.conflicts, 1);
    for (int i = 0; i < SUBMISSIONS; i += 2)
        assert_string_equal(burst.ids[i], "t0-0");
    assert_string_equal(burst.ids[1], "t1-1");
    assert_string_equal(burst.ids[SUBMISSIONS], "");
}

int main(void)
{
#define STORE_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_job_ends_exactly_once_however_many_try),
        STORE_TEST(the_same_submission_in_parallel_is_one_job),
        STORE_TEST(duplicates_within_one_batch_are_found_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
