/* SPDX-License-Identifier: Apache-2.0 */
/* The database file: opening, checking, and bringing its schema up to date.  Nothing is
 * written to a file that is damaged, foreign or of a newer version. */
#ifndef MAPS_HOST_STORE_SCHEMA_H
#define MAPS_HOST_STORE_SCHEMA_H

#include "base/error.h"

#include <sqlite3.h>

enum { SCHEMA_OWNER_BYTES = 32 };

/* Opens (or makes, 0600) the store's file, up to date and ready for the writer thread. */
MUST_CHECK struct error *schema_open(const char *path, sqlite3 **database);

/* Brings a database from the version in its header to `count`: step i leads from version
 * i to i + 1, each in a transaction of its own. */
MUST_CHECK struct error *schema_migrate(sqlite3 *database, const char *path,
                                        const char *const steps[], int count);

/* Looks at a database without writing to it: its version, which this program knows.  An error
 * if it is another program's, or of a newer version. */
MUST_CHECK struct error *schema_recognise(sqlite3 *database, const char *path, int *version);
/* The version that schema_open() brings a database to. */
int schema_newest(void);

/* The owner label, made at the first call for this file. */
MUST_CHECK struct error *schema_owner(sqlite3 *database, char owner[static SCHEMA_OWNER_BYTES]);

/* "<what> <file>: <SQLite's words>[ (<errno's words>)]. <advice>"; kind ERROR_STORAGE if the
 * disk or the file is at fault, else ERROR_INTERNAL. */
struct error *schema_error(sqlite3 *database, const char *what);

#endif
