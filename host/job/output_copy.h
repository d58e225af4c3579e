/* SPDX-License-Identifier: Apache-2.0 */
/* The outputs of a run that has ended, copied to the output_path that its job asked for.
 *
 * Regular files of output/ and the folders they are in; whatever else the script left there is
 * passed over.  Each file is written beside the one it replaces, then renamed, so that a reader
 * sees either; nothing is deleted, no link is followed on either side.  May be repeated: a host
 * that adopts a run copies all of it again.  Blocks on the disk. */
#ifndef MAPS_HOST_JOB_OUTPUT_COPY_H
#define MAPS_HOST_JOB_OUTPUT_COPY_H

#include "base/error.h"
#include "config/settings.h"
#include "job/record.h"

/* output_fd: of the job's output/; stays the caller's.  One file that cannot be copied does not
 * hold up the others; the first error counts. */
MUST_CHECK struct error *output_copy(const struct settings *settings,
                                     const struct job_record *record, int output_fd);

#endif
