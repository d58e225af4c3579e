/* SPDX-License-Identifier: Apache-2.0 */
/* Starting the script. */
#ifndef MAPS_INIT_SCRIPT_H
#define MAPS_INIT_SCRIPT_H

#include "spec.h"

#include <sys/types.h>

struct script {
    pid_t pid;                /* also its session and process group */
    int stdout_fd, stderr_fd; /* ends to read, non-blocking */
};

/* False if it could not be started; then nothing of it is left. */
bool script_start(const struct spec *spec, struct script *script, struct sentence *why);

#endif
