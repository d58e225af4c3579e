/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: the layer that trusts nothing.  Turns the JSON text of a submission into a
 * checked job record and the files to write, or into an error that names the field.
 * No I/O; the only thing that is not from the arguments is an id that it makes.
 *
 * JSON is read strictly (json_check.h).  A key whose value is null counts as not said.
 * Unknown keys are refused, all of them by name. */
#ifndef MAPS_HOST_JOB_ADMISSION_H
#define MAPS_HOST_JOB_ADMISSION_H

#include "base/error.h"
#include "config/settings.h"
#include "job/record.h"

#include <stddef.h>

struct submission_file {
    char *path; /* relative, '/'-separated, no ".", "..", empty or over-long part */
    char *bytes;
    size_t length;
};

struct submission {
    struct job_record *record; /* id set (own or made), status queued, created_ms 0 */
    char *script;
    size_t script_length;
    char *request; /* JSON text of request_json; "{}" if none was given */
    size_t request_length;
    struct submission_file *files;
    size_t file_count;
};

/* What admission must know of the runtimes. */
struct admission_runtime {
    const char *name, *runner_type;
    bool probed;              /* masks are known; else limits are checked at start by the plugin */
    uint32_t limits_enforced; /* masks of maps_limit_bit */
    uint32_t limits_soft;
};
struct admission_rules {
    const struct settings *settings;
    const char *default_runtime;
    /* False if there is no such runtime loaded. */
    bool (*runtime)(void *context, const char *name, struct admission_runtime *runtime);
    void *context;
    const char *runtime_names; /* for the message: "docker, sandbox" */
};

MUST_CHECK struct error *admission_parse(const char *body, size_t length,
                                         const struct admission_rules *rules,
                                         struct submission **submission);
void submission_free(struct submission *submission);

/* Files and folders a submission may bring: relative, below 4096 bytes in all, each
 * part 1 to 255 bytes, none "." or "..", no NUL, no control characters, valid UTF-8. */
bool admission_path_valid(const char *path);

#endif
