/* SPDX-License-Identifier: Apache-2.0 */
/* Where no folder is shared: a thread that reads the engine's log from its first byte and hands
 * it to the host, which drops what it holds already. */
#ifndef MAPS_DOCKER_LOG_PUMP_H
#define MAPS_DOCKER_LOG_PUMP_H

#include "job_run.h"

struct log_pump;

/* 0 or a negative errno with a fault. */
int log_pump_start(struct job_run *run, struct log_pump **pump, struct fault *fault);
/* After the container's end, or when it is followed no longer.  NULL is fine. */
void log_pump_stop(struct log_pump *pump);

#endif
