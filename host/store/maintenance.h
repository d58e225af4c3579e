/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator does with a store besides running a host on it.  docs/data-folder.md. */
#ifndef MAPS_HOST_STORE_MAINTENANCE_H
#define MAPS_HOST_STORE_MAINTENANCE_H

#include "base/error.h"

#include <stdint.h>

typedef void (*store_finding_fn)(void *context, const char *sentence);

/* Looks at the database and at the job folders, and tells of all that does not fit together.
 * Writes nothing there (a copy of the database goes to $TMPDIR or /var/tmp for the time); also
 * while a host runs.  An error: it could not look. */
MUST_CHECK struct error *store_check(const char *data_dir, store_finding_fn found, void *context);

/* Copies the database, as it is at this moment, into a new file (0600); also while a host runs.
 * When this returns without an error, the file is checked and on disk.  A damaged store is
 * refused, as is a file that is there. */
MUST_CHECK struct error *store_backup(const char *data_dir, const char *file);

struct store_sizes { /* of store.db and its log, in bytes */
    uint64_t before, after;
};
/* Gives the disk that forgotten jobs took back.  Takes the folder's lock: no host may run. */
MUST_CHECK struct error *store_compact(const char *data_dir, struct store_sizes *sizes);

#endif
