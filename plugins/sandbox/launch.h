/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's side of a start: writes the order, starts the supervisor, says "go". */
#ifndef MAPS_SANDBOX_LAUNCH_H
#define MAPS_SANDBOX_LAUNCH_H

#include "instance.h"

/* Writes order and spec into the job's runtime folder.  0 or -errno. */
int launch_write(const struct maps_instance *instance, const struct maps_job *job, int runtime_fd,
                 struct fault *fault);
/* Starts a supervisor and waits until it is ready; the socket to it, or -errno (then there is
 * no supervisor). */
int launch_supervisor(const struct maps_instance *instance, const struct maps_job *job,
                      int runtime_fd, struct fault *fault);
/* The script may start from here on. */
int launch_go(int socket, struct fault *fault);
/* Instead of launch_go: waits until the supervisor has ended, so that nothing of this attempt
 * is at work when the host tries again. */
void launch_call_off(int socket);

#endif
