/* SPDX-License-Identifier: Apache-2.0 */
#include "store/op.h"

#include <stdlib.h>
#include <string.h>

static struct op *op_new(enum op_kind kind)
{
    struct op *op = calloc(1, sizeof(*op));

    if (op != NULL)
        op->kind = kind;
    return op;
}

struct op *op_for_job(enum op_kind kind, const char *job_id)
{
    struct op *op = op_new(kind);
    size_t length = strnlen(job_id, JOB_ID_BYTES);

    if (op != NULL && length <= JOB_ID_MAX)
        memcpy(op->job_id, job_id, length);
    return op;
}

struct op *op_insert(struct job_record *record)
{
    struct op *op = op_new(OP_INSERT);

    if (op != NULL)
        op->record = record;
    return op;
}

/* A copy of `text`, or NULL if it is NULL or not wanted; false: out of memory. */
static bool copy_text(bool wanted, const char *text, char **copy)
{
    *copy = NULL;
    if (!wanted || text == NULL)
        return true;
    *copy = strdup(text);
    return *copy != NULL;
}

static bool copy_values(const struct store_change *change, struct job_record *values)
{
    bool copied;

    *values = (struct job_record){
        .reason = change->values.reason,
        .exit_code = change->values.exit_code,
        .signal = change->values.signal,
        .attempt = change->values.attempt,
        .start_attempted = change->values.start_attempted,
        .cancel_requested = change->values.cancel_requested,
        .logs_truncated = change->values.logs_truncated,
        .logs_damaged = change->values.logs_damaged,
        .cleanup_pending = change->values.cleanup_pending,
        .started_ms = change->values.started_ms,
        .finished_ms = change->values.finished_ms,
        .timings = change->values.timings,
        .limits_best_effort = change->values.limits_best_effort,
        .kept_bytes = change->values.kept_bytes,
    };
    copied =
        copy_text((change->set & STORE_SET_MESSAGE) != 0, change->values.message, &values->message);
    copied &=
        copy_text((change->set & STORE_SET_HANDLE) != 0, change->values.handle, &values->handle);
    copied &= copy_text((change->set & STORE_SET_OUTPUT_ERROR) != 0, change->values.output_error,
                        &values->output_error);
    copied &=
        copy_text((change->set & STORE_SET_RUNTIME) != 0, change->values.image, &values->image);
    return copied;
}

struct op *op_change(const struct store_change *change)
{
    struct op *op = op_for_job(OP_CHANGE, change->job_id);

    if (op == NULL)
        return NULL;
    op->change = (struct store_change){
        .job_id = op->job_id, .from = change->from, .to = change->to, .set = change->set
    };
    if (!copy_values(change, &op->change.values)) {
        op_free(op);
        return NULL;
    }
    return op;
}

struct op *op_list(const struct store_query *query)
{
    struct op *op = op_new(OP_LIST);
    char *key, *value;

    if (op == NULL)
        return NULL;
    bool copied = copy_text(true, query->label_key, &key);
    copied &= copy_text(true, query->label_value, &value);
    op->query = *query;
    op->query.label_key = key;
    op->query.label_value = value;
    if (!copied) {
        op_free(op);
        return NULL;
    }
    return op;
}

struct op *op_kept(void)
{
    return op_new(OP_KEPT);
}

bool op_writes(const struct op *op)
{
    return op->kind == OP_INSERT || op->kind == OP_CHANGE || op->kind == OP_DELETE;
}

void op_drop_result(struct op *op)
{
    job_record_free(op->record);
    op->record = NULL;
    store_list_free(op->records, op->count);
    op->records = NULL;
    op->count = 0;
    error_free(op->err);
    op->err = NULL;
}

void op_answer(struct op *op)
{
    struct error *err = op->err;
    struct job_record *record = op->record, **records = op->records;
    size_t count = op->count;

    op->err = NULL;
    op->record = NULL;
    op->records = NULL;
    op->count = 0;
    switch (op->kind) {
    case OP_LIST:
        op->reply.list(op->context, err, records, count);
        return;
    case OP_DELETE:
        op->reply.done(op->context, err);
        return;
    case OP_KEPT:
        op->reply.kept(op->context, err, &op->kept);
        return;
    case OP_INSERT:
    case OP_CHANGE:
    case OP_GET:
        op->reply.record(op->context, err, record);
        return;
    }
}

void op_free(struct op *op)
{
    op_drop_result(op);
    free(op->change.values.message);
    free(op->change.values.handle);
    free(op->change.values.image);
    free(op->change.values.output_error);
    free((char *)op->query.label_key);
    free((char *)op->query.label_value);
    free(op);
}
