/* SPDX-License-Identifier: Apache-2.0 */
/* One supervisor's whole work: a job from its order to its result. */
#ifndef MAPS_SANDBOX_SUPERVISOR_JOB_H
#define MAPS_SANDBOX_SUPERVISOR_JOB_H

/* Talks to the plugin over ORDER_SOCKET_FD.  Returns the exit code. */
int supervise(const char *runtime_dir);

#endif
