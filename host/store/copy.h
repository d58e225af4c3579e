/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of a store, also of one that a host has open: it holds SQLite's lock for all its life,
 * so no other connection can read there. */
#ifndef MAPS_HOST_STORE_COPY_H
#define MAPS_HOST_STORE_COPY_H

#include "base/error.h"

#include <sqlite3.h>

/* Copies <data_dir>/store.db and its write-ahead log to `path` and "<path>-wal" (0600), which must
 * not exist: together they are the store as it was at one moment.  On an error nothing is left. */
MUST_CHECK struct error *store_copy(const char *data_dir, const char *path);
/* Opens such a copy, for this process alone. */
MUST_CHECK struct error *store_copy_open(const char *path, sqlite3 **database);
/* Removes it and what SQLite has put beside it. */
void store_copy_remove(const char *path);

#endif
