/* SPDX-License-Identifier: Apache-2.0 */
#include "job/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool any(void *context, const char *runtime)
{
    (void)context;
    (void)runtime;
    return true;
}

static bool all_but(void *context, const char *runtime)
{
    return strcmp(runtime, context) != 0;
}

static int make(void **state)
{
    *state = job_queue_new();
    return *state == NULL;
}

static int drop(void **state)
{
    job_queue_free(*state);
    return 0;
}

static void assert_next(struct job_queue *queue, int64_t now_ms, const char *expected)
{
    char id[JOB_ID_BYTES];
    int64_t due;

    assert_true(job_queue_pop(queue, now_ms, any, NULL, id, &due));
    assert_string_equal(id, expected);
}

static void higher_priority_first_then_older(void **state)
{
    struct job_queue *queue = *state;

    assert_int_equal(job_queue_push(queue, "low", "r", -1, 1, 0), 0);
    assert_int_equal(job_queue_push(queue, "second", "r", 0, 3, 0), 0);
    assert_int_equal(job_queue_push(queue, "first", "r", 0, 2, 0), 0);
    assert_int_equal(job_queue_push(queue, "urgent", "s", 9, 4, 0), 0);
    assert_int_equal(job_queue_length(queue), 4);
    assert_int_equal(job_queue_position(queue, "urgent"), 0);
    assert_int_equal(job_queue_position(queue, "low"), 2);
    assert_int_equal(job_queue_position(queue, "unknown"), -1);
    assert_next(queue, 0, "urgent");
    assert_next(queue, 0, "first");
    assert_next(queue, 0, "second");
    assert_next(queue, 0, "low");
    assert_int_equal(job_queue_length(queue), 0);
}

static void backoff_is_passed_over_until_it_is_due(void **state)
{
    struct job_queue *queue = *state;
    char id[JOB_ID_BYTES];
    int64_t due;

    assert_int_equal(job_queue_push(queue, "later", "r", 50, 1, 1000), 0);
    assert_int_equal(job_queue_push(queue, "latest", "r", 50, 2, 2000), 0);
    assert_int_equal(job_queue_push(queue, "now", "r", 0, 3, 0), 0);
    assert_true(job_queue_pop(queue, 999, any, NULL, id, &due));
    assert_string_equal(id, "now");
    assert_int_equal(due, 1000);
    assert_false(job_queue_pop(queue, 999, any, NULL, id, &due));
    assert_int_equal(due, 1000);
    assert_true(job_queue_pop(queue, 1000, any, NULL, id, &due));
    assert_string_equal(id, "later");
    assert_int_equal(due, 2000);
    assert_next(queue, 5000, "latest");
    assert_false(job_queue_pop(queue, 5000, any, NULL, id, &due));
    assert_int_equal(due, INT64_MAX);
}

static void a_full_runtime_does_not_hold_up_another(void **state)
{
    struct job_queue *queue = *state;
    char full[] = "full", id[JOB_ID_BYTES];
    int64_t due;

    assert_int_equal(job_queue_push(queue, "blocked", "full", 100, 1, 0), 0);
    assert_int_equal(job_queue_push(queue, "free", "idle", 0, 2, 0), 0);
    assert_true(job_queue_pop(queue, 0, all_but, full, id, &due));
    assert_string_equal(id, "free");
    assert_false(job_queue_pop(queue, 0, all_but, full, id, &due));
    assert_int_equal(due, INT64_MAX);
    assert_next(queue, 0, "blocked");
}

static void a_removed_job_never_comes_out(void **state)
{
    struct job_queue *queue = *state;
    char id[JOB_ID_BYTES];
    int64_t due;

    assert_int_equal(job_queue_push(queue, "a", "r", 0, 1, 0), 0);
    assert_int_equal(job_queue_push(queue, "b", "r", 0, 2, 77), 0);
    assert_true(job_queue_remove(queue, "b"));
    assert_false(job_queue_remove(queue, "b"));
    assert_true(job_queue_remove(queue, "a"));
    assert_false(job_queue_pop(queue, 1000, any, NULL, id, &due));
    assert_int_equal(due, INT64_MAX);
    assert_int_equal(job_queue_length(queue), 0);
}

/* The same queue as a plain list, to compare with. */
enum { MODEL_SIZE = 300, MODEL_STEPS = 20000, RUNTIMES = 3 };
struct model_entry {
    bool here;
    int runtime, priority;
    int64_t sequence, not_before_ms;
};
static const char *const runtimes[RUNTIMES] = { "docker", "kubernetes", "sandbox" };

static bool mask_allows(void *context, const char *runtime)
{
    for (int i = 0; i < RUNTIMES; i++) {
        if (strcmp(runtimes[i], runtime) == 0)
            return (*(const unsigned *)context >> i & 1u) != 0;
    }
    return false;
}

static int model_best(const struct model_entry *model, int64_t now_ms, unsigned mask,
                      int64_t *next_due_ms)
{
    int best = -1;

    *next_due_ms = INT64_MAX;
    for (int i = 0; i < MODEL_SIZE; i++) {
        const struct model_entry *e = &model[i];

        if (e->here && e->not_before_ms > now_ms && e->not_before_ms < *next_due_ms)
            *next_due_ms = e->not_before_ms;
        if (!e->here || e->not_before_ms > now_ms || (mask >> e->runtime & 1u) == 0)
            continue;
        if (best < 0 || e->priority > model[best].priority ||
            (e->priority == model[best].priority && e->sequence < model[best].sequence))
            best = i;
    }
    return best;
}

static void push_random(struct job_queue *queue, struct model_entry *model, int i, int64_t now_ms,
                        int64_t sequence)
{
    char id[JOB_ID_BYTES];

    if (model[i].here)
        return;
    model[i] = (struct model_entry){ true, rand() % RUNTIMES, rand() % 5, sequence,
                                     rand() % 2 == 0 ? 0 : now_ms + rand() % 50 };
    (void)snprintf(id, sizeof(id), "%d", i);
    assert_int_equal(job_queue_push(queue, id, runtimes[model[i].runtime], model[i].priority,
                                    sequence, model[i].not_before_ms),
                     0);
}

static void pop_and_compare(struct job_queue *queue, struct model_entry *model, int64_t now_ms)
{
    unsigned mask = (unsigned)rand() % (1u << RUNTIMES);
    char id[JOB_ID_BYTES];
    int64_t due, expected_due;
    int expected = model_best(model, now_ms, mask, &expected_due);
    bool found = job_queue_pop(queue, now_ms, mask_allows, &mask, id, &due);

    assert_int_equal(due, expected_due);
    assert_int_equal(found, expected >= 0);
    if (!found)
        return;
    assert_int_equal(atoi(id), expected);
    model[expected].here = false;
}

static void behaves_like_a_sorted_list(void **state)
{
    static struct model_entry model[MODEL_SIZE];
    struct job_queue *queue = *state;
    int64_t now_ms = 1;

    srand(20260102);
    for (int step = 0; step < MODEL_STEPS; step++, now_ms += rand() % 3) {
        int i = rand() % MODEL_SIZE;
        char id[JOB_ID_BYTES];

        switch (rand() % 5) {
        case 0:
        case 1:
            push_random(queue, model, i, now_ms, step);
            break;
        case 2:
            (void)snprintf(id, sizeof(id), "%d", i);
            assert_int_equal(job_queue_remove(queue, id), model[i].here);
            model[i].here = false;
            break;
        default:
            pop_and_compare(queue, model, now_ms);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(higher_priority_first_then_older, make, drop),
        cmocka_unit_test_setup_teardown(backoff_is_passed_over_until_it_is_due, make, drop),
        cmocka_unit_test_setup_teardown(a_full_runtime_does_not_hold_up_another, make, drop),
        cmocka_unit_test_setup_teardown(a_removed_job_never_comes_out, make, drop),
        cmocka_unit_test_setup_teardown(behaves_like_a_sorted_list, make, drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
