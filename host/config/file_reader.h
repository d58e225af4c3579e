/* SPDX-License-Identifier: Apache-2.0 */
/* A libconfig file as entries.  The only room that knows libconfig. */
#ifndef MAPS_HOST_CONFIG_FILE_READER_H
#define MAPS_HOST_CONFIG_FILE_READER_H

#include "config/problems.h"

/* Adds what the file and those it includes say, and names all of them in *files (ends with
 * NULL).  False if it could not be read to its end: then the problem is noted, and what came
 * before it is added all the same.  Memory comes from the pool of the problems. */
bool file_read(const char *file, struct entries *entries, struct problems *problems,
               const char *const **files);

#endif
