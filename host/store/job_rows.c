/* SPDX-License-Identifier: Apache-2.0 */
#include "store/job_rows.h"

#include "store/columns.h"
#include "store/job_sql.h"
#include "store/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ALL_STATUSES = (1u << (JOB_LOST + 1)) - 1, TERMINAL_STATUSES = ALL_STATUSES & ~7u };
/* What may still change once a job has ended: not how it ended. */
enum {
    AFTER_THE_END =
        STORE_SET_CLEANUP | STORE_SET_LOG_FLAGS | STORE_SET_TIMINGS | STORE_SET_KEPT_BYTES
};

struct job_rows {
    sqlite3 *database;
    sqlite3_stmt *insert, *insert_labels, *by_id, *by_key, *change, *kept, *delete;
};

/* Statements are kept; what is left behind after each use is a reset one without
 * bindings, which may point into memory that is gone. */
static void reset_statement(sqlite3_stmt **statement)
{
    (void)sqlite3_reset(*statement);
    (void)sqlite3_clear_bindings(*statement);
}
#define STATEMENT_AUTO __attribute__((cleanup(reset_statement))) sqlite3_stmt *

static void finalize_statement(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
}

static struct error *failed(const struct job_rows *rows, const char *what)
{
    return schema_error(rows->database, what);
}

static struct error *not_found(const char *job_id)
{
    return error_new(ERROR_NOT_FOUND, "job_id", "There is no job \"%s\".", job_id);
}

/* Takes the text. */
static struct error *prepare(struct job_rows *rows, char *sql, sqlite3_stmt **statement)
{
    if (sql == NULL)
        return error_errno(ENOMEM, "Cannot prepare the database");
    int code =
        sqlite3_prepare_v3(rows->database, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    free(sql);
    return code == SQLITE_OK ? NULL : failed(rows, "Cannot prepare the database");
}

static struct error *prepare_all(struct job_rows *rows)
{
    struct error *err = prepare(rows, job_sql_insert(), &rows->insert);

    if (err == NULL)
        err = prepare(rows, job_sql_insert_labels(), &rows->insert_labels);
    if (err == NULL)
        err = prepare(rows, job_sql_select_by("id"), &rows->by_id);
    if (err == NULL)
        err = prepare(rows, job_sql_select_by("idempotency_key"), &rows->by_key);
    if (err == NULL)
        err = prepare(rows, job_sql_change(), &rows->change);
    if (err == NULL)
        err = prepare(rows, job_sql_kept(), &rows->kept);
    if (err == NULL)
        err = prepare(rows, job_sql_delete(), &rows->delete);
    return err;
}

struct error *job_rows_new(sqlite3 *database, struct job_rows **rows)
{
    *rows = calloc(1, sizeof(**rows));
    if (*rows == NULL)
        return error_errno(ENOMEM, "Cannot prepare the database");
    (*rows)->database = database;
    struct error *err = prepare_all(*rows);
    if (err != NULL) {
        job_rows_free(*rows);
        *rows = NULL;
    }
    return err;
}

void job_rows_free(struct job_rows *rows)
{
    if (rows == NULL)
        return;
    (void)sqlite3_finalize(rows->insert);
    (void)sqlite3_finalize(rows->insert_labels);
    (void)sqlite3_finalize(rows->by_id);
    (void)sqlite3_finalize(rows->by_key);
    (void)sqlite3_finalize(rows->change);
    (void)sqlite3_finalize(rows->kept);
    (void)sqlite3_finalize(rows->delete);
    free(rows);
}

/* The row that a bound statement yields, or NULL without an error if it yields none. */
static struct error *step_to_record(struct job_rows *rows, sqlite3_stmt *statement,
                                    const char *what, struct job_record **record)
{
    int code = sqlite3_step(statement);

    *record = NULL;
    if (code == SQLITE_DONE)
        return NULL;
    if (code != SQLITE_ROW)
        return failed(rows, what);
    *record = columns_read(statement);
    return *record == NULL ? error_errno(ENOMEM, "%s", what) : NULL;
}

static struct error *find(struct job_rows *rows, sqlite3_stmt *by, const char *value,
                          struct job_record **record)
{
    STATEMENT_AUTO statement = by;

    (void)sqlite3_bind_text(statement, 1, value, -1, SQLITE_STATIC);
    return step_to_record(rows, statement, "Cannot read the database", record);
}

/* ---- insert ---- */

/* *older as in job_rows_insert. */
static struct error *find_older(struct job_rows *rows, const struct job_record *record,
                                struct job_record **older)
{
    *older = NULL;
    if (record->idempotency_key == NULL)
        return NULL;
    struct error *err = find(rows, rows->by_key, record->idempotency_key, older);
    if (err != NULL || *older == NULL)
        return err;
    const char *known = (*older)->request_digest, *given = record->request_digest;
    if (known != NULL && given != NULL && strcmp(known, given) == 0)
        return NULL;
    err = error_new(ERROR_CONFLICT, "Idempotency-Key",
                    "This Idempotency-Key was used for another request, which became job \"%s\". "
                    "Choose a new key.",
                    (*older)->id);
    job_record_free(*older);
    *older = NULL;
    return err;
}

static struct error *check_id_is_free(struct job_rows *rows, const char *job_id)
{
    struct job_record *holder;
    struct error *err = find(rows, rows->by_id, job_id, &holder);

    if (err != NULL || holder == NULL)
        return err;
    job_record_free(holder);
    return error_new(ERROR_CONFLICT, "job_id",
                     "There is a job \"%s\" already. Choose another job_id, or leave it out.",
                     job_id);
}

static struct error *insert_row(struct job_rows *rows, struct job_record *record)
{
    STATEMENT_AUTO statement = rows->insert;

    /* Column 0 stays NULL: SQLite then hands out the next sequence. */
    for (size_t i = 1; i < column_count; i++)
        (void)column_bind(statement, (int)i + 1, &columns[i], record);
    if (sqlite3_step(statement) != SQLITE_DONE)
        return failed(rows, "Cannot write the database");
    record->sequence = sqlite3_last_insert_rowid(rows->database);
    return NULL;
}

static struct error *insert_labels(struct job_rows *rows, const struct job_record *record)
{
    STATEMENT_AUTO statement = rows->insert_labels;

    if (record->labels == NULL)
        return NULL;
    (void)sqlite3_bind_int64(statement, 1, record->sequence);
    (void)sqlite3_bind_text(statement, 2, record->labels, -1, SQLITE_STATIC);
    return sqlite3_step(statement) == SQLITE_DONE ? NULL
                                                  : failed(rows, "Cannot write the database");
}

struct error *job_rows_insert(struct job_rows *rows, struct job_record *record,
                              struct job_record **older)
{
    struct error *err = find_older(rows, record, older);

    if (err != NULL || *older != NULL)
        return err;
    err = check_id_is_free(rows, record->id);
    if (err == NULL)
        err = insert_row(rows, record);
    return err == NULL ? insert_labels(rows, record) : err;
}

/* ---- change ---- */

/* The part of `from` out of which the change is legal at all. */
static uint32_t legal_from(const struct store_change *change)
{
    uint32_t legal = 0;

    if (change->to < 0)
        return (change->set & ~(unsigned)AFTER_THE_END) == 0
                   ? change->from
                   : change->from & ~(uint32_t)TERMINAL_STATUSES;
    for (int from = JOB_QUEUED; from <= JOB_LOST; from++) {
        if (job_transition_allowed((enum job_status)from, (enum job_status)change->to))
            legal |= 1u << from;
    }
    return change->from & legal;
}

static struct error *why_unchanged(struct job_rows *rows, const struct store_change *change)
{
    struct job_record *record;
    struct error *err = find(rows, rows->by_id, change->job_id, &record);

    if (err != NULL)
        return err;
    if (record == NULL)
        return not_found(change->job_id);
    err = error_new(ERROR_CONFLICT, "status", "Job \"%s\" is %s%s, which does not allow this.",
                    record->id, job_status_name(record->status),
                    record->start_attempted && !job_status_terminal(record->status)
                        ? " and may have started"
                        : "");
    job_record_free(record);
    return err;
}

static void bind_change(sqlite3_stmt *statement, const struct store_change *change)
{
    (void)sqlite3_bind_text(statement, JOB_SQL_CHANGE_ID, change->job_id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, JOB_SQL_CHANGE_FROM, legal_from(change));
    (void)sqlite3_bind_int(statement, JOB_SQL_CHANGE_TO, change->to);
    (void)sqlite3_bind_int64(statement, JOB_SQL_CHANGE_SET, change->set);
    int parameter = JOB_SQL_CHANGE_FIRST_VALUE;
    for (size_t i = 0; i < column_count; i++) {
        if (columns[i].set != 0)
            (void)column_bind(statement, parameter++, &columns[i], &change->values);
    }
}

struct error *job_rows_change(struct job_rows *rows, const struct store_change *change,
                              struct job_record **record)
{
    STATEMENT_AUTO statement = rows->change;

    bind_change(statement, change);
    struct error *err = step_to_record(rows, statement, "Cannot write the database", record);
    if (err != NULL || *record != NULL)
        return err;
    return why_unchanged(rows, change);
}

/* ---- get, list, kept, delete ---- */

struct error *job_rows_get(struct job_rows *rows, const char *job_id, struct job_record **record)
{
    struct error *err = find(rows, rows->by_id, job_id, record);

    return err == NULL && *record == NULL ? not_found(job_id) : err;
}

static struct error *append(struct job_record *record, struct job_record ***records, size_t *count)
{
    /* Powers of two: grow when full. */
    if ((*count & (*count - 1)) == 0) {
        size_t capacity = *count == 0 ? 1 : *count * 2;
        struct job_record **grown = reallocarray(*records, capacity, sizeof(**records));
        if (grown == NULL) {
            job_record_free(record);
            return error_errno(ENOMEM, "Cannot read the database");
        }
        *records = grown;
    }
    (*records)[(*count)++] = record;
    return NULL;
}

static void bind_query(sqlite3_stmt *statement, const struct store_query *query)
{
    int parameter = 1;

    if (query->by_end) {
        (void)sqlite3_bind_int64(statement, parameter++, query->after_end_ms);
        (void)sqlite3_bind_int64(statement, parameter++, query->after_end_sequence);
    }
    if (query->before_sequence > 0)
        (void)sqlite3_bind_int64(statement, parameter++, query->before_sequence);
    if (query->label_key != NULL) {
        (void)sqlite3_bind_text(statement, parameter++, query->label_key, -1, SQLITE_STATIC);
        if (query->label_value != NULL)
            (void)sqlite3_bind_text(statement, parameter++, query->label_value, -1, SQLITE_STATIC);
    }
    (void)sqlite3_bind_int64(statement, parameter, query->limit == 0 ? -1 : (int64_t)query->limit);
}

struct error *job_rows_list(struct job_rows *rows, const struct store_query *query,
                            struct job_record ***records, size_t *count)
{
    __attribute__((cleanup(finalize_statement))) sqlite3_stmt *statement = NULL;
    struct error *err = prepare(rows, job_sql_list(query), &statement);
    struct job_record *record = NULL;

    *records = NULL;
    *count = 0;
    if (err != NULL)
        return err;
    bind_query(statement, query);
    do {
        err = step_to_record(rows, statement, "Cannot read the database", &record);
        if (err == NULL && record != NULL)
            err = append(record, records, count);
    } while (err == NULL && record != NULL);
    if (err != NULL) {
        store_list_free(*records, *count);
        *records = NULL;
        *count = 0;
    }
    return err;
}

struct error *job_rows_kept(struct job_rows *rows, struct store_kept *kept)
{
    STATEMENT_AUTO statement = rows->kept;

    if (sqlite3_step(statement) != SQLITE_ROW)
        return failed(rows, "Cannot read the database");
    kept->jobs = (uint64_t)sqlite3_column_int64(statement, 0);
    kept->bytes = (uint64_t)sqlite3_column_int64(statement, 1);
    return NULL;
}

struct error *job_rows_delete(struct job_rows *rows, const char *job_id)
{
    STATEMENT_AUTO statement = rows->delete;
    struct job_record *record;

    (void)sqlite3_bind_text(statement, 1, job_id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 2, TERMINAL_STATUSES);
    if (sqlite3_step(statement) != SQLITE_DONE)
        return failed(rows, "Cannot write the database");
    if (sqlite3_changes(rows->database) > 0)
        return NULL;
    struct error *err = job_rows_get(rows, job_id, &record);
    if (err != NULL)
        return err;
    err = error_new(ERROR_CONFLICT, "status",
                    "Job \"%s\" is still %s. Cancel it before it is deleted.", job_id,
                    job_status_name(record->status));
    job_record_free(record);
    return err;
}
