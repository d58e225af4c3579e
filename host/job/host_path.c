/* SPDX-License-Identifier: Apache-2.0 */
#include "job/host_path.h"

#include "base/utf8.h"
#include "job/admission.h"

#include <stdlib.h>
#include <string.h>

#define SHORT(TEXT) (int)utf8_prefix(TEXT, 200), TEXT

static size_t length_without_slashes(const char *path)
{
    size_t length = strlen(path);

    while (length > 1 && path[length - 1] == '/')
        length--;
    return length;
}

char *host_path_copy(const char *path)
{
    return strndup(path, length_without_slashes(path));
}

/* What lies below the root, or NULL. */
static const char *below(const char *path, const char *root)
{
    size_t length = length_without_slashes(root);

    if (length == 1)
        return path[1] == '\0' ? "." : path + 1;
    if (strncmp(path, root, length) != 0)
        return NULL;
    if (path[length] == '\0')
        return ".";
    return path[length] == '/' ? path + length + 1 : NULL;
}

static bool is_plain(const char *path)
{
    return path[0] == '/' && (path[1] == '\0' || admission_path_valid(path + 1));
}

struct error *host_path_find(const struct settings *settings, const char *field, const char *path,
                             struct host_path *found)
{
    bool writes = strcmp(field, "output_path") == 0;
    char *const *roots = writes ? settings->job_writable_paths : settings->job_readable_paths;
    const char *option = writes ? "jobs.writable_paths" : "jobs.readable_paths";
    size_t deepest = 0;

    if (!is_plain(path))
        return error_new(ERROR_INVALID, field,
                         "%s must be an absolute path without \".\", \"..\", empty parts and "
                         "control characters, such as \"/data/run-1\".",
                         field);
    if (roots == NULL || roots[0] == NULL)
        return error_new(ERROR_INVALID, field,
                         "%s is refused: the operator has allowed no folders for it (%s). Send "
                         "contents instead, and fetch outputs from the job.",
                         field, option);
    for (; *roots != NULL; roots++) {
        const char *rest = below(path, *roots);
        size_t length = length_without_slashes(*roots);

        if (rest == NULL || length <= deepest)
            continue;
        deepest = length;
        *found = (struct host_path){ field, path, *roots, rest };
    }
    return deepest > 0
               ? NULL
               : error_new(ERROR_INVALID, field,
                           "%s is refused: \"%.*s\" is not below a folder that the operator "
                           "has allowed for it (%s).",
                           field, SHORT(path), option);
}
