/* SPDX-License-Identifier: Apache-2.0 */
#include "job/host_content.h"

#include "job/host_file.h"

#include <stdlib.h>
#include <unistd.h>

static struct error *read_named(const struct settings *settings, const char *field,
                                const char *path, char **text, size_t *length)
{
    struct host_path found;
    struct error *err = host_path_find(settings, field, path, &found);

    return err == NULL ? host_file_read(&found, settings->data_dir, settings->http_max_body_bytes,
                                        text, length)
                       : err;
}

static struct error *read_script(const struct settings *settings, struct submission *submission)
{
    const char *path = submission->record->script_path;
    struct error *err =
        read_named(settings, "script_path", path, &submission->script, &submission->script_length);

    if (err == NULL && submission->script_length == 0)
        err = error_new(ERROR_INVALID, "script_path", "script_path: \"%s\" is empty.", path);
    return err;
}

static struct error *read_request(const struct settings *settings, struct submission *submission)
{
    char *text = NULL;
    size_t length = 0;
    struct error *err =
        read_named(settings, "request_path", submission->record->request_path, &text, &length);

    if (err == NULL)
        err = submission_take_request(submission, text, length, "request_path");
    free(text);
    return err;
}

static struct error *check_output(const struct settings *settings, const char *path)
{
    struct host_path found;
    const char *missing;
    int fd = -1;
    struct error *err = host_path_find(settings, "output_path", path, &found);

    if (err == NULL)
        err = host_folder_open(&found, settings->data_dir, &fd, &missing);
    if (fd >= 0)
        (void)close(fd);
    return err;
}

struct error *host_content_read(const struct settings *settings, struct submission *submission)
{
    struct error *err = NULL;

    if (submission->script == NULL)
        err = read_script(settings, submission);
    if (err == NULL && submission->request == NULL)
        err = read_request(settings, submission);
    if (err == NULL && submission->record->output_path != NULL)
        err = check_output(settings, submission->record->output_path);
    return err;
}
