/* SPDX-License-Identifier: Apache-2.0 */
/* The data folder: made if absent (0700), and held by one process at a time. */
#ifndef MAPS_HOST_STORE_DATA_FOLDER_H
#define MAPS_HOST_STORE_DATA_FOLDER_H

#include "base/error.h"

#include <stdbool.h>

/* Makes the folder and its missing parents and locks <folder>/lock for as long as
 * *lock_fd is open; the holder's pid stands in the file. */
MUST_CHECK struct error *data_folder_take(const char *folder, int *lock_fd);

/* Asks the host that may be running to leave the database's file as it is, for as long as
 * *still_fd is open: it then writes to the write-ahead log only.  Of the same folder several may
 * ask at once; ERROR_NOT_FOUND if there is no lock file, as no host was ever here. */
MUST_CHECK struct error *data_folder_keep_still(const char *folder, int *still_fd);
/* For the host: whether somebody asks for that now. */
bool data_folder_is_kept_still(int lock_fd);
/* For others: whether a host holds the folder's lock now. */
bool data_folder_is_in_use(int still_fd);

#endif
