/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a run: its outcome becomes the job's terminal state, then what it left on the
 * engine is removed. */
#ifndef MAPS_HOST_JOB_CONCLUDE_H
#define MAPS_HOST_JOB_CONCLUDE_H

#include "job/execution.h"

/* Commits what the plugin reported. */
void conclude_reported(struct execution *execution);
/* Commits an end that no plugin reported: cancelled before the start, lost, unavailable. */
void conclude_as(struct execution *execution, uint32_t reason, const char *message);

#endif
