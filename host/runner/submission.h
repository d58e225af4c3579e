/* SPDX-License-Identifier: Apache-2.0 */
/* From the arguments of run_script() to the JSON text of POST /api/jobs.  Pure. */
#ifndef MAPS_HOST_RUNNER_SUBMISSION_H
#define MAPS_HOST_RUNNER_SUBMISSION_H

#include "base/error.h"

#include <stdint.h>

/* Any may be NULL or 0: not said.  Paths are absolute. */
struct submission_arguments {
    const char *job_id, *runtime;
    const char *script_path, *script_content;
    const char *request_path, *request_json;
    const char *input_path, *output_path;
    uint64_t timeout_ms;
    const char *options; /* JSON object with further fields */
};

/* ERROR_INVALID, ERROR_MALFORMED: options or request_json are not JSON, or options say what is
 * an argument of its own.  *text is malloc'ed. */
MUST_CHECK struct error *submission_text(const struct submission_arguments *arguments, char **text);

#endif
