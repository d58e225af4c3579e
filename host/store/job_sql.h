/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL texts of job_rows.c, made from the table of columns.  Pure.  Each is malloc'ed;
 * NULL: out of memory. */
#ifndef MAPS_HOST_STORE_JOB_SQL_H
#define MAPS_HOST_STORE_JOB_SQL_H

#include "store/store.h"

char *job_sql_insert(void);        /* one parameter per column */
char *job_sql_insert_labels(void); /* sequence, labels as JSON */
char *job_sql_select_by(const char *column);
char *job_sql_kept(void);   /* yields jobs, bytes */
char *job_sql_delete(void); /* id, mask of statuses */

/* Compare-and-set; yields the new row.  After these, one per column that can change. */
enum {
    JOB_SQL_CHANGE_ID = 1,
    JOB_SQL_CHANGE_FROM,
    JOB_SQL_CHANGE_TO,
    JOB_SQL_CHANGE_SET,
    JOB_SQL_CHANGE_FIRST_VALUE
};
char *job_sql_change(void);

/* Parameters, each only if the query has it: after_end_ms and after_end_sequence (by_end),
 * before_sequence, label_key, label_value; always: the limit (-1: none). */
char *job_sql_list(const struct store_query *query);

#endif
