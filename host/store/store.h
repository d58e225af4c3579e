/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: the only writer of job state.  One SQLite connection (WAL, FULL) that
 * belongs to one thread; callers queue operations, the thread runs all that wait
 * in one transaction (each in its own savepoint), commits once, and then answers
 * them in order.  An answer of success means: it is on disk.
 *
 * Every operation has a callback, run on the store's thread after the commit: it
 * must be short and may queue further operations, but not wait for them.  (Only when
 * there is no memory to queue an operation, it runs at once, on the caller's.)
 * If the disk fails, all writes of a batch answer ERROR_STORAGE and none has happened.
 * store_wait_*: the same, blocking; never call it on the store's thread or the
 * HTTP thread.
 */
#ifndef MAPS_HOST_STORE_STORE_H
#define MAPS_HOST_STORE_STORE_H

#include "base/error.h"
#include "job/record.h"

#include <stddef.h>

struct store;

/* Opens <data_dir>/store.db, takes the data-folder lock (<data_dir>/lock; the error
 * says which pid holds it), checks integrity, migrates the schema, starts the
 * thread.  The owner label is made at first opening. */
MUST_CHECK struct error *store_open(const char *data_dir, struct store **store);
/* Runs what is queued, then closes. */
void store_close(struct store *store);
/* "maps-<26 characters>": a DNS label, the same for the data folder's whole life. */
const char *store_owner(const struct store *store);
/* NULL if the last write worked, else why it did not (owned by the caller).  While it does
 * not, the store tries again by itself every second. */
struct error *store_health(struct store *store);

/* err and record pass to the callee. */
typedef void (*store_record_fn)(void *context, struct error *err, struct job_record *record);
typedef void (*store_done_fn)(void *context, struct error *err);

/* Adds a queued job: sets record->sequence, answers with the record as stored.  If the
 * idempotency key is known: same digest -> the older record with *duplicate semantics
 * (its id differs from the given one); other digest -> ERROR_CONFLICT, field
 * "Idempotency-Key".  An id in use -> ERROR_CONFLICT, field "job_id".
 * Takes ownership of record. */
void store_insert(struct store *store, struct job_record *record, store_record_fn done,
                  void *context);
MUST_CHECK struct error *store_wait_insert(struct store *store, struct job_record *record,
                                           struct job_record **stored);

/* What a state change writes.  Only fields named in `set` count. */
enum {
    STORE_SET_MESSAGE = 1u << 0,
    STORE_SET_OUTCOME = 1u << 1, /* reason, exit_code, signal */
    STORE_SET_ATTEMPT = 1u << 2,
    STORE_SET_START_ATTEMPTED = 1u << 3,
    STORE_SET_HANDLE = 1u << 4,
    STORE_SET_STARTED = 1u << 5,  /* started_ms */
    STORE_SET_FINISHED = 1u << 6, /* finished_ms */
    STORE_SET_TIMINGS = 1u << 7,
    STORE_SET_LOG_FLAGS = 1u << 8, /* logs_truncated, logs_damaged */
    STORE_SET_CANCEL = 1u << 9,    /* cancel_requested */
    STORE_SET_CLEANUP = 1u << 10,  /* cleanup_pending */
    STORE_SET_RUNTIME = 1u << 11,  /* limits_best_effort, image */
    STORE_SET_KEPT_BYTES = 1u << 12,
    STORE_SET_OUTPUT_ERROR = 1u << 13
};
struct store_change {
    const char *job_id;
    uint32_t from; /* mask of 1u << enum job_status that must hold now */
    int to;        /* enum job_status, or -1: keep.  A job that has ended keeps all
                      but cleanup_pending, log flags, timings and kept_bytes; one that may have
                      started is never queued again: ERROR_CONFLICT */
    unsigned set;
    struct job_record values; /* strings copied before the call returns */
};

/* Compare-and-set: answers with the record as it now stands; ERROR_CONFLICT if its
 * status was not in `from` (terminal is final), ERROR_NOT_FOUND if there is none. */
void store_change(struct store *store, const struct store_change *change, store_record_fn done,
                  void *context);
MUST_CHECK struct error *store_wait_change(struct store *store, const struct store_change *change,
                                           struct job_record **record);

/* ERROR_NOT_FOUND if there is none. */
void store_get(struct store *store, const char *job_id, store_record_fn done, void *context);
MUST_CHECK struct error *store_wait_get(struct store *store, const char *job_id,
                                        struct job_record **record);

struct store_query {
    uint32_t statuses;     /* mask; 0: all */
    const char *label_key; /* or NULL */
    const char *label_value;
    int64_t before_sequence; /* 0: from the newest */
    unsigned limit;          /* rows; 0: all */
    bool oldest_first;
    bool cleanup_pending; /* only those */
    bool unmeasured;      /* only those that have ended and whose kept_bytes is not known */
    bool by_end;          /* only those that have ended, in the order in which they did ... */
    int64_t after_end_ms, after_end_sequence; /* ... after this place in that order; 0: all */
};
typedef void (*store_list_fn)(void *context, struct error *err, struct job_record **records,
                              size_t count);
/* Records and the array pass to the callee (store_list_free). */
void store_list(struct store *store, const struct store_query *query, store_list_fn done,
                void *context);
MUST_CHECK struct error *store_wait_list(struct store *store, const struct store_query *query,
                                         struct job_record ***records, size_t *count);
void store_list_free(struct job_record **records, size_t count);

/* All jobs that have ended and are not forgotten. */
struct store_kept {
    uint64_t jobs;
    uint64_t bytes; /* of those whose kept_bytes is known */
};
typedef void (*store_kept_fn)(void *context, struct error *err, const struct store_kept *kept);
/* Costs the same however many there are. */
void store_kept(struct store *store, store_kept_fn done, void *context);
MUST_CHECK struct error *store_wait_kept(struct store *store, struct store_kept *kept);

/* Forgets a terminal job; ERROR_CONFLICT if it is live, ERROR_NOT_FOUND if unknown. */
void store_delete(struct store *store, const char *job_id, store_done_fn done, void *context);
MUST_CHECK struct error *store_wait_delete(struct store *store, const char *job_id);

#endif
