/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: paths of this host.  Only whether the operator allows them; what they name is read,
 * copied and checked where there is I/O (host_content.h, input_copy.h, output_copy.h). */
#include "job/admission_parts.h"
#include "job/host_path.h"

#include <limits.h>
#include <string.h>

static struct error *read_path(struct admission *admission, const char *field, bool wanted,
                               char **copy)
{
    struct host_path unused;
    const char *path;
    struct error *err = admission_string(admission->root, field, &path);

    if (err != NULL || path == NULL)
        return err;
    if (strlen(path) >= PATH_MAX)
        return error_new(ERROR_INVALID, field, "%s is longer than a path can be.", field);
    *copy = host_path_copy(path);
    if (*copy == NULL)
        return admission_no_memory();
    return wanted ? host_path_find(admission->rules->settings, field, *copy, &unused) : NULL;
}

/* Content wins: a path beside it is noted, and nothing else is done with it. */
struct error *admission_read_paths(struct admission *admission)
{
    struct submission *out = admission->out;
    struct job_record *record = out->record;
    struct error *err =
        read_path(admission, "script_path", out->script == NULL, &record->script_path);

    if (err == NULL && out->script == NULL && record->script_path == NULL)
        err = error_new(ERROR_INVALID, "script_content",
                        "script_content must be a string that is not empty: the script to run. (Or "
                        "give script_path.)");
    if (err == NULL)
        err = read_path(admission, "request_path", out->request == NULL, &record->request_path);
    if (err == NULL && out->request == NULL && record->request_path == NULL)
        err = admission_take_request(out, strdup("{}"));
    if (err == NULL)
        err = read_path(admission, "input_path", true, &record->input_path);
    return err == NULL ? read_path(admission, "output_path", true, &record->output_path) : err;
}
