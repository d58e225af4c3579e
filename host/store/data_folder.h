/* SPDX-License-Identifier: Apache-2.0 */
/* The data folder: made if absent (0700), and held by one process at a time. */
#ifndef MAPS_HOST_STORE_DATA_FOLDER_H
#define MAPS_HOST_STORE_DATA_FOLDER_H

#include "base/error.h"

/* Makes the folder and its missing parents and locks <folder>/lock for as long as
 * *lock_fd is open; the holder's pid stands in the file. */
MUST_CHECK struct error *data_folder_take(const char *folder, int *lock_fd);

#endif
