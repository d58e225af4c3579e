/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit: many operations in one transaction. */
#ifndef MAPS_HOST_STORE_BATCH_H
#define MAPS_HOST_STORE_BATCH_H

#include "store/op.h"

#include <sqlite3.h>

struct batch_runner;

MUST_CHECK struct error *batch_runner_new(sqlite3 *database, struct batch_runner **runner);
void batch_runner_free(struct batch_runner *runner);

enum batch_result { BATCH_READ_ONLY, BATCH_COMMITTED, BATCH_FAILED };

/* Runs a list of operations; each then holds its result, and what it wrote is on disk.
 * BATCH_FAILED: nothing was written, all that wanted to write hold the same error, of which
 * *failure is a copy; those that only read were answered all the same. */
enum batch_result batch_run(struct batch_runner *runner, struct op *first, struct error **failure);
/* Writes something of no meaning, to find out whether writing works again. */
enum batch_result batch_try_write(struct batch_runner *runner, struct error **failure);

#endif
