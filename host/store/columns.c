/* SPDX-License-Identifier: Apache-2.0 */
#include "store/columns.h"

#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(NAME, TYPE, MEMBER, SET)                                                             \
    {                                                                                              \
        NAME, TYPE, offsetof(struct job_record, MEMBER), SET                                       \
    }

const struct column columns[] = {
    FIELD("sequence", COLUMN_INT64, sequence, 0),
    FIELD("id", COLUMN_ID, id, 0),
    FIELD("status", COLUMN_INT, status, 0),
    FIELD("reason", COLUMN_UINT32, reason, STORE_SET_OUTCOME),
    FIELD("exit_code", COLUMN_INT, exit_code, STORE_SET_OUTCOME),
    FIELD("signal", COLUMN_INT, signal, STORE_SET_OUTCOME),
    FIELD("message", COLUMN_TEXT, message, STORE_SET_MESSAGE),
    FIELD("runtime", COLUMN_TEXT, runtime, 0),
    FIELD("runner_type", COLUMN_TEXT, runner_type, 0),
    FIELD("profile", COLUMN_TEXT, profile, 0),
    FIELD("image", COLUMN_TEXT, image, STORE_SET_RUNTIME),
    FIELD("network", COLUMN_TEXT, network, 0),
    FIELD("script_name", COLUMN_TEXT, script_name, 0),
    FIELD("spec", COLUMN_TEXT, spec, 0),
    FIELD("labels", COLUMN_TEXT, labels, 0),
    FIELD("priority", COLUMN_INT, priority, 0),
    FIELD("timeout_ms", COLUMN_UINT64, timeout_ms, 0),
    FIELD("limit_cpu_millis", COLUMN_UINT64, limits.cpu_millis, 0),
    FIELD("limit_memory_bytes", COLUMN_UINT64, limits.memory_bytes, 0),
    FIELD("limit_pids", COLUMN_UINT64, limits.pids, 0),
    FIELD("limit_disk_bytes", COLUMN_UINT64, limits.disk_bytes, 0),
    FIELD("limit_output_bytes", COLUMN_UINT64, limits.output_bytes, 0),
    FIELD("limits_required", COLUMN_UINT32, limits_required, 0),
    FIELD("limits_best_effort", COLUMN_UINT32, limits_best_effort, STORE_SET_RUNTIME),
    FIELD("idempotency_key", COLUMN_TEXT, idempotency_key, 0),
    FIELD("request_digest", COLUMN_TEXT, request_digest, 0),
    FIELD("attempt", COLUMN_UINT32, attempt, STORE_SET_ATTEMPT),
    FIELD("start_attempted", COLUMN_BOOL, start_attempted, STORE_SET_START_ATTEMPTED),
    FIELD("handle", COLUMN_TEXT, handle, STORE_SET_HANDLE),
    FIELD("cancel_requested", COLUMN_BOOL, cancel_requested, STORE_SET_CANCEL),
    FIELD("logs_truncated", COLUMN_BOOL, logs_truncated, STORE_SET_LOG_FLAGS),
    FIELD("logs_damaged", COLUMN_BOOL, logs_damaged, STORE_SET_LOG_FLAGS),
    FIELD("cleanup_pending", COLUMN_BOOL, cleanup_pending, STORE_SET_CLEANUP),
    FIELD("created_ms", COLUMN_INT64, created_ms, 0),
    FIELD("started_ms", COLUMN_INT64, started_ms, STORE_SET_STARTED),
    FIELD("finished_ms", COLUMN_INT64, finished_ms, STORE_SET_FINISHED),
    FIELD("timing_queued_ms", COLUMN_INT64, timings.queued, STORE_SET_TIMINGS),
    FIELD("timing_prepare_ms", COLUMN_INT64, timings.prepare, STORE_SET_TIMINGS),
    FIELD("timing_start_ms", COLUMN_INT64, timings.start, STORE_SET_TIMINGS),
    FIELD("timing_run_ms", COLUMN_INT64, timings.run, STORE_SET_TIMINGS),
    FIELD("timing_collect_ms", COLUMN_INT64, timings.collect, STORE_SET_TIMINGS),
    FIELD("kept_bytes", COLUMN_INT64, kept_bytes, STORE_SET_KEPT_BYTES),
    FIELD("script_path", COLUMN_TEXT, script_path, 0),
    FIELD("request_path", COLUMN_TEXT, request_path, 0),
    FIELD("input_path", COLUMN_TEXT, input_path, 0),
    FIELD("output_path", COLUMN_TEXT, output_path, 0),
    FIELD("output_error", COLUMN_TEXT, output_error, STORE_SET_OUTPUT_ERROR),
};
const size_t column_count = sizeof(columns) / sizeof(columns[0]);

int column_bind(sqlite3_stmt *statement, int parameter, const struct column *column,
                const struct job_record *record)
{
    const void *field = (const char *)record + column->offset;

    switch (column->type) {
    case COLUMN_ID:
        return sqlite3_bind_text(statement, parameter, field, -1, SQLITE_STATIC);
    case COLUMN_TEXT:
        return sqlite3_bind_text(statement, parameter, *(const char *const *)field, -1,
                                 SQLITE_STATIC);
    case COLUMN_INT:
        return sqlite3_bind_int(statement, parameter, *(const int *)field);
    case COLUMN_UINT32:
        return sqlite3_bind_int64(statement, parameter, *(const uint32_t *)field);
    case COLUMN_INT64:
        return sqlite3_bind_int64(statement, parameter, *(const int64_t *)field);
    case COLUMN_UINT64:
        return sqlite3_bind_int64(statement, parameter, (int64_t) * (const uint64_t *)field);
    case COLUMN_BOOL:
        return sqlite3_bind_int(statement, parameter, *(const bool *)field);
    }
    return SQLITE_MISUSE;
}

/* NULL stays NULL; false: out of memory. */
static bool read_text(sqlite3_stmt *statement, int index, char **field)
{
    const char *text = (const char *)sqlite3_column_text(statement, index);

    if (text == NULL)
        return sqlite3_column_type(statement, index) == SQLITE_NULL;
    *field = strdup(text);
    return *field != NULL;
}

static bool read_column(sqlite3_stmt *statement, int index, const struct column *column,
                        struct job_record *record)
{
    void *field = (char *)record + column->offset;
    int64_t number = sqlite3_column_int64(statement, index);

    switch (column->type) {
    case COLUMN_ID:
        memcpy(field, sqlite3_column_text(statement, index),
               (size_t)sqlite3_column_bytes(statement, index));
        break;
    case COLUMN_TEXT:
        return read_text(statement, index, field);
    case COLUMN_INT:
        *(int *)field = (int)number;
        break;
    case COLUMN_UINT32:
        *(uint32_t *)field = (uint32_t)number;
        break;
    case COLUMN_INT64:
        *(int64_t *)field = number;
        break;
    case COLUMN_UINT64:
        *(uint64_t *)field = (uint64_t)number;
        break;
    case COLUMN_BOOL:
        *(bool *)field = number != 0;
        break;
    }
    return true;
}

struct job_record *columns_read(sqlite3_stmt *statement)
{
    struct job_record *record = job_record_new();

    if (record == NULL)
        return NULL;
    free(record->handle);
    record->handle = NULL;
    for (size_t i = 0; i < column_count; i++) {
        if (!read_column(statement, (int)i, &columns[i], record)) {
            job_record_free(record);
            return NULL;
        }
    }
    return record;
}
