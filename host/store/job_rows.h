/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs as rows: each operation of store.h as statements on one connection, with no
 * transactions, no threads and no queue.  Results as in store.h. */
#ifndef MAPS_HOST_STORE_JOB_ROWS_H
#define MAPS_HOST_STORE_JOB_ROWS_H

#include "store/store.h"

#include <sqlite3.h>

struct job_rows; /* the prepared statements */

MUST_CHECK struct error *job_rows_new(sqlite3 *database, struct job_rows **rows);
void job_rows_free(struct job_rows *rows);

/* *older: the job that the idempotency key stands for already, or NULL: then
 * record->sequence is set. */
MUST_CHECK struct error *job_rows_insert(struct job_rows *rows, struct job_record *record,
                                         struct job_record **older);
MUST_CHECK struct error *job_rows_change(struct job_rows *rows, const struct store_change *change,
                                         struct job_record **record);
MUST_CHECK struct error *job_rows_get(struct job_rows *rows, const char *job_id,
                                      struct job_record **record);
MUST_CHECK struct error *job_rows_list(struct job_rows *rows, const struct store_query *query,
                                       struct job_record ***records, size_t *count);
MUST_CHECK struct error *job_rows_kept(struct job_rows *rows, struct store_kept *kept);
MUST_CHECK struct error *job_rows_delete(struct job_rows *rows, const char *job_id);

#endif
