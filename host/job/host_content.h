/* SPDX-License-Identifier: Apache-2.0 */
/* What a submission names on this host instead of bringing it along: read and copied before the job
 * is accepted, so that nobody can change it under the job.  Blocks on the disk. */
#ifndef MAPS_HOST_JOB_HOST_CONTENT_H
#define MAPS_HOST_JOB_HOST_CONTENT_H

#include "job/admission.h"

/* Reads script_path and request_path where there is no content, and checks that output_path can be
 * written to. */
MUST_CHECK struct error *host_content_read(const struct settings *settings,
                                           struct submission *submission);

#endif
