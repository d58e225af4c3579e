/* SPDX-License-Identifier: Apache-2.0 */
/* One queued operation of the store: what to do, what came out, whom to tell. */
#ifndef MAPS_HOST_STORE_OP_H
#define MAPS_HOST_STORE_OP_H

#include "store/store.h"

enum op_kind { OP_INSERT, OP_CHANGE, OP_DELETE, OP_GET, OP_LIST, OP_KEPT };

struct op {
    struct op *next;
    enum op_kind kind;
    char job_id[JOB_ID_BYTES];   /* CHANGE, DELETE, GET; "" matches no job */
    struct store_change change;  /* CHANGE: job_id and strings are the op's own */
    struct store_query query;    /* LIST: likewise */
    struct job_record *record;   /* INSERT: what to add; afterwards the answer */
    struct job_record **records; /* LIST: the answer */
    size_t count;
    struct store_kept kept; /* KEPT: the answer */
    struct error *err;
    union {
        store_record_fn record; /* INSERT, CHANGE, GET */
        store_done_fn done;     /* DELETE */
        store_list_fn list;     /* LIST */
        store_kept_fn kept;     /* KEPT */
    } reply;
    void *context;
};

/* Each copies its arguments (op_insert takes the record); NULL: out of memory. */
struct op *op_insert(struct job_record *record);
struct op *op_change(const struct store_change *change);
struct op *op_for_job(enum op_kind kind, const char *job_id);
struct op *op_list(const struct store_query *query);
struct op *op_kept(void);

bool op_writes(const struct op *op);
/* Forgets a result that must not be given out (a rolled-back change). */
void op_drop_result(struct op *op);
/* Hands the result to the callback. */
void op_answer(struct op *op);
/* The op and what it still owns. */
void op_free(struct op *op);

#endif
