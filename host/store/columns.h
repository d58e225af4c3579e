/* SPDX-License-Identifier: Apache-2.0 */
/* Which field of a job record lies in which column: the one table from which the SQL
 * is made and by which rows are bound and read. */
#ifndef MAPS_HOST_STORE_COLUMNS_H
#define MAPS_HOST_STORE_COLUMNS_H

#include "job/record.h"

#include <sqlite3.h>
#include <stddef.h>

enum column_type {
    COLUMN_ID, /* char[JOB_ID_BYTES] */
    COLUMN_TEXT,
    COLUMN_INT,
    COLUMN_UINT32,
    COLUMN_INT64,
    COLUMN_UINT64,
    COLUMN_BOOL
};
struct column {
    const char *name;
    enum column_type type;
    size_t offset; /* in struct job_record */
    unsigned set;  /* the STORE_SET_ bit that writes it; 0: only at insertion */
};

/* The first is "sequence". */
extern const struct column columns[];
extern const size_t column_count;

/* An SQLite result code. */
int column_bind(sqlite3_stmt *statement, int parameter, const struct column *column,
                const struct job_record *record);
/* All columns of the current row, in the table's order; NULL: out of memory. */
struct job_record *columns_read(sqlite3_stmt *statement);

#endif
