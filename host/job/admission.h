/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: the layer that trusts nothing.  Turns the JSON text of a submission, or its
 * parts, into a checked job record and the files to write, or into an error that names the field.
 * No I/O; the only thing that is not from the arguments is an id that it makes.
 *
 * JSON is read strictly (json_check.h).  A key whose value is null counts as not said.
 * Unknown keys are refused, all of them by name. */
#ifndef MAPS_HOST_JOB_ADMISSION_H
#define MAPS_HOST_JOB_ADMISSION_H

#include "base/error.h"
#include "config/settings.h"
#include "job/record.h"

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct submission_file {
    char *path; /* relative, '/'-separated, no ".", "..", empty or over-long part */
    char *bytes;
    size_t length;
    char *staged; /* where it lies below incoming/, in place of bytes; or NULL */
};

struct submission {
    struct job_record *record; /* id set (own or made), status queued, created_ms 0 */
    char *script;              /* NULL: what record->script_path names */
    size_t script_length;
    char *request; /* JSON text, "{}" if none was given; NULL: what record->request_path names */
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

/* The same submission in parts (multipart/form-data, see upload.h).  What is not a part is in
 * the options, which may be all that JSON may be; nothing may be in both. */
struct submission_text {
    bool given;
    const char *bytes; /* followed by a NUL that does not count */
    size_t length;
};
struct staged_file {
    char *path;
    char *staged; /* where it lies below incoming/ */
    uint64_t length;
    uint8_t digest[SHA256_DIGEST_SIZE];
};
struct submission_parts {
    struct submission_text script;  /* any bytes */
    struct submission_text request; /* JSON */
    struct submission_text options; /* a JSON object */
    const struct staged_file *files;
    size_t file_count;
};
MUST_CHECK struct error *admission_parse_parts(const struct submission_parts *parts,
                                               const struct admission_rules *rules,
                                               struct submission **submission);
void submission_free(struct submission *submission);

/* Takes the text of a request that is not in the submission itself.  MALFORMED or INVALID, with
 * `field`, if it is not JSON as request_json must be. */
MUST_CHECK struct error *submission_take_request(struct submission *submission, const char *text,
                                                 size_t length, const char *field);
/* After files were added: no two files have one path, none is a folder of another. */
MUST_CHECK struct error *submission_check_clashes(const struct submission *submission);

/* Files and folders a submission may bring: relative, below 4096 bytes in all, each
 * part 1 to 255 bytes, none "." or "..", no NUL, no control characters, valid UTF-8. */
bool admission_path_valid(const char *path);
/* ERROR_INVALID, field "files[<index>].path", unless it is valid; path may be NULL. */
MUST_CHECK struct error *admission_check_path(size_t index, const char *path);

#endif
