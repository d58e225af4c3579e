/* SPDX-License-Identifier: Apache-2.0 */
/* Where the script may write, whatever the file modes say: Landlock, where the kernel has it. */
#ifndef MAPS_INIT_LANDLOCK_H
#define MAPS_INIT_LANDLOCK_H

/* From here on this process and all that it starts can create, change, move and remove files
 * below these paths only (ends with NULL; none: anywhere), and write to what lies below /dev and
 * /proc already.  Reading and executing stay as they are.  A path that is not there is passed
 * over.  A further barrier, not the only one: without a Landlock that can tell moving files
 * apart from making them (Linux 5.19), or where the engine refuses it, nothing changes. */
void landlock_confine(char *const *writable);

#endif
