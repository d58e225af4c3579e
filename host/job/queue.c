/* SPDX-License-Identifier: Apache-2.0 */
#include "job/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Jobs wait in lanes, one per runtime, so that a runtime that is full costs nothing to
 * pass over.  A lane keeps those that are due by rank and those in backoff by time. */
struct entry {
    char job_id[JOB_ID_BYTES];
    int priority;
    int64_t sequence;
    int64_t not_before_ms;
};
struct heap {
    bool (*before)(const struct entry *a, const struct entry *b);
    struct entry *entries;
    size_t count, capacity;
};
struct lane {
    char *runtime;
    struct heap due, delayed;
};
struct job_queue {
    struct lane *lanes;
    size_t lane_count;
    size_t length;
};

static bool ranks_before(const struct entry *a, const struct entry *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->sequence < b->sequence;
}

static bool due_before(const struct entry *a, const struct entry *b)
{
    return a->not_before_ms < b->not_before_ms;
}

static void swap_entries(struct heap *heap, size_t i, size_t j)
{
    struct entry other = heap->entries[i];

    heap->entries[i] = heap->entries[j];
    heap->entries[j] = other;
}

static void sift_up(struct heap *heap, size_t i)
{
    while (i > 0 && heap->before(&heap->entries[i], &heap->entries[(i - 1) / 2])) {
        swap_entries(heap, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct heap *heap, size_t i)
{
    for (;;) {
        size_t best = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < heap->count; child++) {
            if (heap->before(&heap->entries[child], &heap->entries[best]))
                best = child;
        }
        if (best == i)
            return;
        swap_entries(heap, i, best);
        i = best;
    }
}

static int heap_reserve(struct heap *heap, size_t count)
{
    if (count <= heap->capacity)
        return 0;
    size_t capacity = heap->capacity == 0 ? 16 : heap->capacity * 2;
    struct entry *entries = reallocarray(heap->entries, capacity, sizeof(*entries));
    if (entries == NULL)
        return -ENOMEM;
    heap->entries = entries;
    heap->capacity = capacity;
    return 0;
}

static void heap_add(struct heap *heap, const struct entry *entry)
{
    heap->entries[heap->count] = *entry;
    sift_up(heap, heap->count++);
}

static void heap_remove(struct heap *heap, size_t i)
{
    heap->count--;
    if (i == heap->count)
        return;
    heap->entries[i] = heap->entries[heap->count];
    sift_up(heap, i);
    sift_down(heap, i);
}

static bool heap_find(const struct heap *heap, const char *job_id, size_t *index)
{
    for (size_t i = 0; i < heap->count; i++) {
        if (strcmp(heap->entries[i].job_id, job_id) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

struct job_queue *job_queue_new(void)
{
    return calloc(1, sizeof(struct job_queue));
}

void job_queue_free(struct job_queue *queue)
{
    if (queue == NULL)
        return;
    for (size_t i = 0; i < queue->lane_count; i++) {
        free(queue->lanes[i].runtime);
        free(queue->lanes[i].due.entries);
        free(queue->lanes[i].delayed.entries);
    }
    free(queue->lanes);
    free(queue);
}

size_t job_queue_length(const struct job_queue *queue)
{
    return queue->length;
}

static struct lane *lane_for(struct job_queue *queue, const char *runtime)
{
    for (size_t i = 0; i < queue->lane_count; i++) {
        if (strcmp(queue->lanes[i].runtime, runtime) == 0)
            return &queue->lanes[i];
    }
    struct lane *lanes = reallocarray(queue->lanes, queue->lane_count + 1, sizeof(*lanes));
    if (lanes == NULL)
        return NULL;
    queue->lanes = lanes;
    char *name = strdup(runtime);
    if (name == NULL)
        return NULL;
    struct lane *lane = &lanes[queue->lane_count++];
    *lane = (struct lane){ name, { ranks_before, NULL, 0, 0 }, { due_before, NULL, 0, 0 } };
    return lane;
}

int job_queue_push(struct job_queue *queue, const char *job_id, const char *runtime, int priority,
                   int64_t sequence, int64_t not_before_ms)
{
    struct entry entry = { "", priority, sequence, not_before_ms };
    struct lane *lane = lane_for(queue, runtime);

    if (lane == NULL)
        return -ENOMEM;
    /* Room in `due` for all of the lane, so that promote() cannot fail. */
    if (heap_reserve(&lane->due, lane->due.count + lane->delayed.count + 1) != 0 ||
        heap_reserve(&lane->delayed, lane->delayed.count + 1) != 0)
        return -ENOMEM;
    memcpy(entry.job_id, job_id, strnlen(job_id, JOB_ID_MAX));
    heap_add(not_before_ms > 0 ? &lane->delayed : &lane->due, &entry);
    queue->length++;
    return 0;
}

static void promote(struct lane *lane, int64_t now_ms)
{
    while (lane->delayed.count > 0 && lane->delayed.entries[0].not_before_ms <= now_ms) {
        heap_add(&lane->due, &lane->delayed.entries[0]);
        heap_remove(&lane->delayed, 0);
    }
}

bool job_queue_pop(struct job_queue *queue, int64_t now_ms,
                   bool (*may_start)(void *context, const char *runtime), void *context,
                   char job_id[static JOB_ID_BYTES], int64_t *next_due_ms)
{
    struct lane *best = NULL;

    *next_due_ms = INT64_MAX;
    for (size_t i = 0; i < queue->lane_count; i++) {
        struct lane *lane = &queue->lanes[i];

        promote(lane, now_ms);
        if (lane->delayed.count > 0 && lane->delayed.entries[0].not_before_ms < *next_due_ms)
            *next_due_ms = lane->delayed.entries[0].not_before_ms;
        if (lane->due.count == 0 || !may_start(context, lane->runtime))
            continue;
        if (best == NULL || ranks_before(&lane->due.entries[0], &best->due.entries[0]))
            best = lane;
    }
    if (best == NULL)
        return false;
    memcpy(job_id, best->due.entries[0].job_id, JOB_ID_BYTES);
    heap_remove(&best->due, 0);
    queue->length--;
    return true;
}

/* The lane and heap a job waits in; NULL if it does not. */
static struct heap *find(const struct job_queue *queue, const char *job_id, struct lane **lane,
                         size_t *index)
{
    for (size_t i = 0; i < queue->lane_count; i++) {
        *lane = &queue->lanes[i];
        if (heap_find(&(*lane)->due, job_id, index))
            return &(*lane)->due;
        if (heap_find(&(*lane)->delayed, job_id, index))
            return &(*lane)->delayed;
    }
    return NULL;
}

bool job_queue_remove(struct job_queue *queue, const char *job_id)
{
    struct lane *lane;
    size_t index;
    struct heap *heap = find(queue, job_id, &lane, &index);

    if (heap == NULL)
        return false;
    heap_remove(heap, index);
    queue->length--;
    return true;
}

static long count_before(const struct heap *heap, const struct entry *entry)
{
    long count = 0;

    for (size_t i = 0; i < heap->count; i++)
        count += ranks_before(&heap->entries[i], entry);
    return count;
}

long job_queue_position(const struct job_queue *queue, const char *job_id)
{
    struct lane *lane;
    size_t index;
    const struct heap *heap = find(queue, job_id, &lane, &index);

    if (heap == NULL)
        return -1;
    const struct entry *entry = &heap->entries[index];
    return count_before(&lane->due, entry) + count_before(&lane->delayed, entry);
}
