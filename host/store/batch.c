/* SPDX-License-Identifier: Apache-2.0 */
#include "store/batch.h"

#include "store/job_rows.h"
#include "store/schema.h"

#include <errno.h>
#include <stdlib.h>

enum { BEGIN, COMMIT, SAVE, KEEP, UNDO, TRY_WRITE, STATEMENT_COUNT };
static const char *const statement_texts[STATEMENT_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [SAVE] = "SAVEPOINT op",
    [KEEP] = "RELEASE op",
    [UNDO] = "ROLLBACK TO op",
    [TRY_WRITE] = ("INSERT INTO meta VALUES ('last_try', julianday('now')) "
                   "ON CONFLICT DO UPDATE SET value = excluded.value"),
};

struct batch_runner {
    sqlite3 *database;
    struct job_rows *rows;
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

struct error *batch_runner_new(sqlite3 *database, struct batch_runner **runner)
{
    struct error *err = NULL;

    *runner = calloc(1, sizeof(**runner));
    if (*runner == NULL)
        return error_errno(ENOMEM, "Cannot prepare the database");
    (*runner)->database = database;
    for (int i = 0; i < STATEMENT_COUNT && err == NULL; i++) {
        if (sqlite3_prepare_v3(database, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &(*runner)->statements[i], NULL) != SQLITE_OK)
            err = schema_error(database, "Cannot prepare the database");
    }
    if (err == NULL)
        err = job_rows_new(database, &(*runner)->rows);
    if (err != NULL) {
        batch_runner_free(*runner);
        *runner = NULL;
    }
    return err;
}

void batch_runner_free(struct batch_runner *runner)
{
    if (runner == NULL)
        return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(runner->statements[i]);
    job_rows_free(runner->rows);
    free(runner);
}

static struct error *execute(struct batch_runner *runner, int statement)
{
    struct error *err = NULL;

    if (sqlite3_step(runner->statements[statement]) != SQLITE_DONE)
        err = schema_error(runner->database, "Cannot write the database");
    (void)sqlite3_reset(runner->statements[statement]);
    return err;
}

static void run_insert(struct batch_runner *runner, struct op *op)
{
    struct job_record *older = NULL;

    op->err = job_rows_insert(runner->rows, op->record, &older);
    if (op->err == NULL && older == NULL)
        return;
    job_record_free(op->record);
    op->record = older;
}

static void run_op(struct batch_runner *runner, struct op *op)
{
    switch (op->kind) {
    case OP_INSERT:
        run_insert(runner, op);
        break;
    case OP_CHANGE:
        op->err = job_rows_change(runner->rows, &op->change, &op->record);
        break;
    case OP_DELETE:
        op->err = job_rows_delete(runner->rows, op->job_id);
        break;
    case OP_GET:
        op->err = job_rows_get(runner->rows, op->job_id, &op->record);
        break;
    case OP_LIST:
        op->err = job_rows_list(runner->rows, &op->query, &op->records, &op->count);
        break;
    case OP_KEPT:
        op->err = job_rows_kept(runner->rows, &op->kept);
        break;
    }
}

static struct error *copy_error(const struct error *err)
{
    return error_new(err->kind, err->field, "%s", err->message);
}

/* A failure of the disk dooms the transaction, as does one after which SQLite has
 * rolled it back by itself; any other is the operation's own affair. */
static bool dooms_batch(const struct batch_runner *runner, const struct error *err)
{
    return err->kind == ERROR_STORAGE || sqlite3_get_autocommit(runner->database) != 0;
}

/* NULL if the batch can go on. */
static struct error *run_in_savepoint(struct batch_runner *runner, struct op *op)
{
    struct error *err = execute(runner, SAVE);

    if (err != NULL)
        return err;
    run_op(runner, op);
    if (op->err != NULL && dooms_batch(runner, op->err))
        return copy_error(op->err);
    if (op->err != NULL)
        err = execute(runner, UNDO);
    return err == NULL ? execute(runner, KEEP) : err;
}

static struct error *run_transaction(struct batch_runner *runner, struct op *first)
{
    struct error *err = execute(runner, BEGIN);

    for (struct op *op = first; op != NULL && err == NULL; op = op->next)
        err = run_in_savepoint(runner, op);
    return err == NULL ? execute(runner, COMMIT) : err;
}

static void roll_back(struct batch_runner *runner)
{
    if (sqlite3_get_autocommit(runner->database) == 0)
        (void)sqlite3_exec(runner->database, "ROLLBACK", NULL, NULL, NULL);
}

/* Whatever the cause, to the callers nothing was stored.  Reads may have seen what is
 * rolled back now: they look again. */
static void fail_batch(struct batch_runner *runner, struct op *first, const struct error *failure)
{
    for (struct op *op = first; op != NULL; op = op->next) {
        op_drop_result(op);
        if (op_writes(op))
            op->err = error_new(ERROR_STORAGE, NULL, "%s", failure->message);
        else
            run_op(runner, op);
    }
}

enum batch_result batch_run(struct batch_runner *runner, struct op *first, struct error **failure)
{
    bool writes = false;

    *failure = NULL;
    for (struct op *op = first; op != NULL; op = op->next)
        writes = writes || op_writes(op);
    if (!writes) {
        for (struct op *op = first; op != NULL; op = op->next)
            run_op(runner, op);
        return BATCH_READ_ONLY;
    }
    *failure = run_transaction(runner, first);
    if (*failure == NULL)
        return BATCH_COMMITTED;
    roll_back(runner);
    fail_batch(runner, first, *failure);
    return BATCH_FAILED;
}

enum batch_result batch_try_write(struct batch_runner *runner, struct error **failure)
{
    *failure = execute(runner, TRY_WRITE);
    return *failure == NULL ? BATCH_COMMITTED : BATCH_FAILED;
}
