/* SPDX-License-Identifier: Apache-2.0 */
/* The files below an input_path, copied on their way into a job's input/.
 *
 * A folder brings its regular files; a file brings itself.  A link counts as the file that it leads
 * to if that lies beneath the input_path; other links, FIFOs, sockets and devices are passed over,
 * and a log line says how many.  What cannot be read is an error. */
#ifndef MAPS_HOST_JOB_INPUT_COPY_H
#define MAPS_HOST_JOB_INPUT_COPY_H

#include "job/admission.h"
#include "job/file_copy.h"
#include "job/staging.h"

struct input_source {
    const struct settings *settings;
    int incoming_fd;
    copy_stop_fn stop; /* asked often; true ends it with ERROR_UNAVAILABLE */
    void *context;
};

/* Copies what record->input_path names and adds it to the submission's files.  *staging holds the
 * copies until folder_create() has taken them, and is the caller's to free also after an error.
 * ERROR_INVALID or ERROR_TOO_LARGE (jobs.max_files, jobs.max_input_bytes) with field input_path. */
MUST_CHECK struct error *input_copy(const struct input_source *source,
                                    struct submission *submission, struct staging **staging);

#endif
