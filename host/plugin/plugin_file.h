/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin's file: may it be trusted?  What runs in the host has the host's rights, so
 * nobody but root and the host's own user may be able to write it. */
#ifndef MAPS_HOST_PLUGIN_PLUGIN_FILE_H
#define MAPS_HOST_PLUGIN_PLUGIN_FILE_H

#include "base/error.h"

#include <sys/stat.h>
#include <sys/types.h>

/* NULL, or why not.  Pure; `uid` is the host's. */
MUST_CHECK struct error *plugin_file_trusted(const struct stat *status, uid_t uid);
MUST_CHECK struct error *plugin_folder_trusted(const struct stat *status, uid_t uid);

/* Opens a file of a folder without following a link, and checks what was opened and
 * the folder it lies in. */
MUST_CHECK struct error *plugin_file_open(int folder, const char *name, int *fd);

#endif
