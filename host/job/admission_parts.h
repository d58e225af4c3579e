/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of admission: each reads some fields of a parsed submission into the
 * record, or answers ERROR_INVALID with the field.  Private to admission. */
#ifndef MAPS_HOST_JOB_ADMISSION_PARTS_H
#define MAPS_HOST_JOB_ADMISSION_PARTS_H

#include "base/utf8.h"
#include "job/admission.h"
#include "job/json_check.h"

#include <cjson/cJSON.h>

struct admission {
    const struct admission_rules *rules;
    const cJSON *root;
    struct json_span request;             /* text of request_json as it was sent */
    const struct submission_parts *parts; /* NULL: it is all in root */
    const struct profile *profile;        /* after admission_read_profile() */
    struct admission_runtime runtime;     /* after admission_read_runtime() */
    struct submission *out;
};

/* For printf's "%.*s": as much of a caller's text as belongs into a message. */
#define SHORT(TEXT) (int)utf8_prefix(TEXT, 64), TEXT

/* NULL if it is not there or null: both mean "not said". */
const cJSON *admission_member(const cJSON *object, const char *key);
/* NULL stays NULL; *err is set if it is there and not a string. */
MUST_CHECK struct error *admission_string(const cJSON *object, const char *key, const char **text);
/* Refuses keys that are not in `known` (which ends with NULL), naming all of them.
 * prefix: "", or the path of the object with a dot, e.g. "limits.". */
MUST_CHECK struct error *admission_check_keys(const cJSON *object, const char *const known[],
                                              const char *prefix);
MUST_CHECK struct error *admission_no_memory(void);
/* strdup into *copy. */
MUST_CHECK struct error *admission_copy(const char *text, char **copy);

/* admission_choices.c */
MUST_CHECK struct error *admission_read_profile(struct admission *admission);
MUST_CHECK struct error *admission_read_runtime(struct admission *admission);
MUST_CHECK struct error *admission_read_network(struct admission *admission);
MUST_CHECK struct error *admission_read_priority(struct admission *admission);
MUST_CHECK struct error *admission_read_job_id(struct admission *admission);
MUST_CHECK struct error *admission_read_labels(struct admission *admission);
/* admission_content.c */
/* Takes JSON text (malloc'ed; NULL: there was no memory) as the request, without white space
 * between its tokens. */
MUST_CHECK struct error *admission_take_request(struct submission *submission, char *text);
MUST_CHECK struct error *admission_read_script(struct admission *admission);
MUST_CHECK struct error *admission_read_request(struct admission *admission);
MUST_CHECK struct error *admission_read_files(struct admission *admission);
/* admission_limits.c */
MUST_CHECK struct error *admission_read_timeout(struct admission *admission);
MUST_CHECK struct error *admission_read_limits(struct admission *admission);
/* admission_multipart.c: for a submission in parts */
/* Says in which part a mistake is, if all that is known (or, always, that matters) is where in it.
 */
struct error *admission_in_part(struct error *err, const char *part, bool always);
/* The options, as a tree with the request in it. */
MUST_CHECK struct error *admission_join_parts(struct admission *admission, cJSON **root);
MUST_CHECK struct error *admission_read_script_part(struct admission *admission);
MUST_CHECK struct error *admission_read_file_parts(struct admission *admission);
/* admission_digest.c */
/* Sets request_digest, after everything has been read; changes the (sorted) root. */
MUST_CHECK struct error *admission_read_digest(struct admission *admission, cJSON *root);
/* admission_paths.c: after script and request */
MUST_CHECK struct error *admission_read_paths(struct admission *admission);
/* admission_spec.c */
MUST_CHECK struct error *admission_read_spec(struct admission *admission);

#endif
