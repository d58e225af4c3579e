/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: the script may write below a few folders only, whatever else is mounted writable. */
#ifndef MAPS_INIT_LANDLOCK_H
#define MAPS_INIT_LANDLOCK_H

#include <stdbool.h>

/* For this process and its children, for good; needs no_new_privs.  Reading and executing stay as
 * they are, and so does writing to devices and below /proc.  paths: ends with NULL; one that is
 * not there is passed over.  True also where the kernel, or the engine's filter, does not know
 * Landlock in a version that allows renames between folders: then nothing is restricted.
 * False with errno if it is known and fails. */
bool landlock_allow_writing(char *const *paths);

#endif
