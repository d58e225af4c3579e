/* SPDX-License-Identifier: Apache-2.0 */
/* maps-init's own log file, brought back from a container: whole, where the engine's log may lack
 * what its pipe did not take in time. */
#ifndef MAPS_DOCKER_INIT_LOG_H
#define MAPS_DOCKER_INIT_LOG_H

#include <stddef.h>
#include <stdint.h>

typedef int (*init_log_fn)(void *context, int stream, uint64_t offset, const void *bytes,
                           size_t length);

/* Hands over each frame with its offset in its stream.  0; -EBADMSG where the file is damaged or
 * cut off (what came before was handed over); what take() returned; or -errno. */
int init_log_replay(const char *path, init_log_fn take, void *context);

#endif
