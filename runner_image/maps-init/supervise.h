/* SPDX-License-Identifier: Apache-2.0 */
/* From the start of the script until nothing of it is left. */
#ifndef MAPS_INIT_SUPERVISE_H
#define MAPS_INIT_SUPERVISE_H

#include "exit_record.h"
#include "output.h"
#include "script.h"

/* Blocks the signals that are passed on to the script, and makes them readable.  Call it
 * before the script is started, so that none is missed. */
bool supervise_prepare(int *signal_fd, struct sentence *why);

/* Returns when the script has ended or was killed for one of the causes, all its
 * processes are gone and all its output is through; fills in wait_status, cause and the
 * counts of the record. */
void supervise(const struct spec *spec, const struct script *script, int signal_fd,
               struct output *output, struct exit_record *record);

#endif
