/* SPDX-License-Identifier: Apache-2.0 */
/* What a check has found: sentences. */
#ifndef MAPS_HOST_STORE_FINDINGS_H
#define MAPS_HOST_STORE_FINDINGS_H

#include "base/folder_names.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

struct findings {
    char **sentences;
    size_t count;
    bool out_of_memory; /* some may be missing */
};

__attribute__((format(printf, 2, 3))) void findings_add(struct findings *findings,
                                                        const char *format, ...);
bool findings_have(const struct findings *findings, const char *sentence);
void findings_clear(struct findings *findings);

/* What is wrong inside the database. */
void consistency_of_database(sqlite3 *database, const char *path, struct findings *findings);
/* Rows without a folder and folders without a row.  `folders` was read before the database was
 * copied; what has come or gone since is looked at again below jobs_fd. */
void consistency_of_folders(sqlite3 *database, int jobs_fd, const struct folder_names *folders,
                            struct findings *findings);

#endif
