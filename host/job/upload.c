/* SPDX-License-Identifier: Apache-2.0 */
#include "job/upload.h"

#include "job/staging.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts grow in steps: large enough to be few, small enough not to be counted. */
enum { TEXT_STEP_BYTES = 64 * 1024 };

enum text_part { SCRIPT, REQUEST, OPTIONS, TEXT_PARTS };
static const char *const text_names[TEXT_PARTS] = { "script", "request", "options" };

struct text {
    bool given;
    char *bytes;
    size_t length, size;
};

struct upload {
    struct upload_bounds bounds;
    struct text texts[TEXT_PARTS];
    struct staged_file *files;
    size_t file_count, file_room;
    struct staging *staging; /* NULL: no file has come yet */
    struct text *text;       /* the part that is arriving, or */
    bool in_file;
    uint64_t memory; /* of bounds.memory_bytes */
    struct submission_parts parts;
};

struct upload *upload_new(const struct upload_bounds *bounds)
{
    struct upload *upload = calloc(1, sizeof(*upload));

    if (upload != NULL)
        upload->bounds = *bounds;
    return upload;
}

void upload_free(struct upload *upload)
{
    if (upload == NULL)
        return;
    staging_free(upload->staging);
    for (size_t i = 0; i < TEXT_PARTS; i++)
        free(upload->texts[i].bytes);
    for (size_t i = 0; i < upload->file_count; i++) {
        free(upload->files[i].path);
        free(upload->files[i].staged);
    }
    free(upload->files);
    free(upload);
}

uint64_t upload_memory(const struct upload *upload)
{
    return upload->memory;
}

static struct error *no_memory(void)
{
    return error_errno(ENOMEM, "The submission cannot be taken");
}

static struct error *take_memory(struct upload *upload, uint64_t length, const char *field)
{
    if (length > upload->bounds.memory_bytes - upload->memory)
        return error_new(ERROR_TOO_LARGE, field,
                         "script, request, options and the names of files are together larger "
                         "than the %llu bytes that this server keeps in memory; send less, or let "
                         "the operator raise http.max_body_bytes.",
                         (unsigned long long)upload->bounds.memory_bytes);
    upload->memory += length;
    return NULL;
}

/* ---- script, request, options ---- */

static struct error *begin_text(struct upload *upload, enum text_part part)
{
    struct text *text = &upload->texts[part];

    if (text->given)
        return error_new(ERROR_INVALID, text_names[part], "There are two parts named %s; send one.",
                         text_names[part]);
    text->given = true;
    upload->text = text;
    return NULL;
}

static struct error *append_text(struct upload *upload, const char *bytes, size_t length)
{
    struct text *text = upload->text;
    struct error *err = take_memory(upload, length, text_names[text - upload->texts]);

    if (err != NULL)
        return err;
    if (length >= text->size - text->length) { /* with room for a NUL */
        size_t size = text->length + length + TEXT_STEP_BYTES;
        char *grown = realloc(text->bytes, size);

        if (grown == NULL)
            return no_memory();
        text->bytes = grown;
        text->size = size;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
    return NULL;
}

/* ---- files ---- */

static struct error *make_file_room(struct upload *upload)
{
    size_t room = upload->file_room == 0 ? 16 : 2 * upload->file_room;

    if (upload->file_count >= upload->bounds.files)
        return error_new(ERROR_INVALID, "files", "A submission may bring at most %u files.",
                         upload->bounds.files);
    if (upload->file_count < upload->file_room)
        return NULL;
    struct staged_file *files = realloc(upload->files, room * sizeof(*files));
    if (files == NULL)
        return no_memory();
    upload->files = files;
    upload->file_room = room;
    return NULL;
}

static struct error *stage_file(struct upload *upload, const char *path)
{
    struct staged_file *file = &upload->files[upload->file_count];
    struct error *err = NULL;

    if (upload->staging == NULL)
        err = staging_new(upload->bounds.incoming_fd, &upload->staging);
    if (err == NULL)
        err = staging_begin(upload->staging);
    if (err != NULL)
        return err;
    upload->in_file = true;
    memset(file, 0, sizeof(*file));
    upload->file_count++;
    file->path = strdup(path);
    file->staged = staging_name(upload->staging);
    return file->path == NULL || file->staged == NULL ? no_memory() : NULL;
}

static struct error *begin_file(struct upload *upload, const char *path)
{
    struct error *err = make_file_room(upload);

    if (err == NULL)
        err = admission_check_path(upload->file_count, path);
    if (err == NULL)
        err = take_memory(upload, sizeof(struct staged_file) + strlen(path), "files");
    return err == NULL ? stage_file(upload, path) : err;
}

/* ---- parts ---- */

static struct error *end_part(struct upload *upload)
{
    upload->text = NULL;
    if (!upload->in_file)
        return NULL;
    struct staged_file *file = &upload->files[upload->file_count - 1];
    upload->in_file = false;
    return staging_end(upload->staging, &file->length, file->digest);
}

static struct error *unknown_part(const char *name)
{
    char shortened[80];

    (void)snprintf(shortened, sizeof(shortened), "%.64s", name);
    return error_new(ERROR_INVALID, shortened,
                     "There is no part \"%s\". Known ones are: script, request, files, options; "
                     "what else there is to say goes into options.",
                     shortened);
}

struct error *upload_part(struct upload *upload, const char *name, const char *filename)
{
    struct error *err = end_part(upload);

    if (err != NULL)
        return err;
    for (int i = 0; i < TEXT_PARTS; i++) {
        if (strcmp(text_names[i], name) == 0)
            return begin_text(upload, (enum text_part)i);
    }
    if (strcmp(name, "files") == 0)
        return begin_file(upload, filename);
    return unknown_part(name);
}

struct error *upload_bytes(struct upload *upload, const char *bytes, size_t length)
{
    return upload->in_file ? staging_write(upload->staging, bytes, length)
                           : append_text(upload, bytes, length);
}

static struct submission_text text_of(const struct text *text)
{
    return (struct submission_text){ .given = text->given,
                                     .bytes = text->bytes == NULL ? "" : text->bytes,
                                     .length = text->length };
}

struct error *upload_end(struct upload *upload, const struct submission_parts **parts)
{
    struct error *err = end_part(upload);

    upload->parts = (struct submission_parts){ .script = text_of(&upload->texts[SCRIPT]),
                                               .request = text_of(&upload->texts[REQUEST]),
                                               .options = text_of(&upload->texts[OPTIONS]),
                                               .files = upload->files,
                                               .file_count = upload->file_count };
    *parts = &upload->parts;
    return err;
}
