/* SPDX-License-Identifier: Apache-2.0 */
/* The control folder (protocol.h), always reached through its descriptor: a path could
 * be made to mean something else while the script runs. */
#ifndef MAPS_INIT_CONTROL_H
#define MAPS_INIT_CONTROL_H

#include "sentence.h"

#include <stddef.h>
#include <stdint.h>

enum { CONTROL_NONE = -1 }; /* no folder is shared with the host */

enum claim { CLAIM_MADE, CLAIM_TAKEN, CLAIM_FAILED };

/* A descriptor that the script does not inherit. */
bool control_open(const char *dir, int *control_fd, struct sentence *why);

/* Makes the start marker, durably.  CLAIM_TAKEN: this attempt has started before. */
enum claim control_claim_start(int control_fd, uint32_t attempt, struct sentence *why);

/* The log file, for appending. */
bool control_open_log(int control_fd, int *log_fd, struct sentence *why);

/* Puts the exit record in place: after a crash it is there whole or not at all. */
bool control_write_exit(int control_fd, const char *text, size_t length, struct sentence *why);

/* Leaves the record where the kubelet looks for it, if there is such a place. */
void control_write_termination_log(const char *text, size_t length);

#endif
