/* SPDX-License-Identifier: Apache-2.0 */
#include "job/input_copy.h"

#include "base/log.h"
#include "base/utf8.h"
#include "job/beneath.h"
#include "job/host_file.h"
#include "job/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIELD "input_path"

struct gather {
    const struct input_source *source;
    struct submission *submission;
    struct staging **staging;
    int top_fd;
    size_t room; /* in submission->files */
    uint64_t bytes;
    unsigned folders, passed_over;
    char path[PATH_MAX]; /* of the entry at hand, below the top */
};

#define NAMED(GATHER) (int)utf8_prefix((GATHER)->path, 200), (GATHER)->path

/* ---- one file ---- */

static struct error *make_room(struct gather *gather)
{
    struct submission *submission = gather->submission;
    size_t room = submission->file_count < 16 ? 32 : 2 * submission->file_count;

    if (submission->file_count < gather->room)
        return NULL;
    struct submission_file *files = realloc(submission->files, room * sizeof(*files));
    if (files == NULL)
        return error_errno(ENOMEM, FIELD " cannot be copied");
    submission->files = files;
    gather->room = room;
    return NULL;
}

static struct error *check_bounds(struct gather *gather, uint64_t size)
{
    const struct settings *settings = gather->source->settings;

    if (gather->submission->file_count >= settings->job_max_files)
        return error_new(ERROR_TOO_LARGE, FIELD,
                         FIELD ": a job may bring at most %u files; send an archive, or let the "
                               "operator raise jobs.max_files.",
                         settings->job_max_files);
    if (size > settings->job_max_input_bytes - gather->bytes)
        return error_new(ERROR_TOO_LARGE, FIELD,
                         FIELD ": the files are larger than %llu bytes together; send less, or let "
                               "the operator raise jobs.max_input_bytes.",
                         (unsigned long long)settings->job_max_input_bytes);
    gather->bytes += size;
    return NULL;
}

static struct error *check_name(const struct gather *gather)
{
    if (admission_path_valid(gather->path))
        return NULL;
    return error_new(ERROR_INVALID, FIELD,
                     FIELD
                     ": there is a file whose name is not UTF-8, or has control characters in "
                     "it; rename it.");
}

static struct error *copy_bytes(struct gather *gather, int fd, uint64_t size)
{
    const struct input_source *source = gather->source;
    struct staging *staging = *gather->staging;
    uint8_t unused_digest[SHA256_DIGEST_SIZE];
    uint64_t unused;
    struct error *err = staging_begin(staging);

    if (err != NULL)
        return err;
    int result = file_copy(fd, staging_fd(staging), size, source->stop, source->context);
    err = staging_end(staging, &unused, unused_digest);
    if (err != NULL || result == 0)
        return err;
    if (result == -ECANCELED)
        return error_new(ERROR_UNAVAILABLE, NULL,
                         "The host is shutting down and takes no new jobs.");
    return error_errno(-result, FIELD ": copying \"%.*s\"", NAMED(gather));
}

static struct error *take_file(struct gather *gather, int fd, const struct stat *st)
{
    struct submission *submission = gather->submission;
    struct error *err = check_bounds(gather, (uint64_t)st->st_size);

    if (err == NULL)
        err = check_name(gather);
    if (err == NULL)
        err = make_room(gather);
    if (err == NULL && *gather->staging == NULL)
        err = staging_new(gather->source->incoming_fd, gather->staging);
    if (err == NULL)
        err = copy_bytes(gather, fd, (uint64_t)st->st_size);
    if (err != NULL)
        return err;
    struct submission_file *file = &submission->files[submission->file_count++];
    *file = (struct submission_file){ .path = strdup(gather->path),
                                      .length = (size_t)st->st_size,
                                      .staged = staging_name(*gather->staging) };
    return file->path == NULL || file->staged == NULL
               ? error_errno(ENOMEM, FIELD " cannot be copied")
               : NULL;
}

/* ---- folders ---- */

static struct error *take_folder(struct gather *gather, int fd, size_t used, int depth);

static struct error *check_folder(struct gather *gather, int fd, int depth)
{
    const struct settings *settings = gather->source->settings;

    if (depth > TREE_MAX_DEPTH)
        return error_new(ERROR_INVALID, FIELD,
                         FIELD ": folders are nested deeper than %d; send an archive.",
                         (int)TREE_MAX_DEPTH);
    if (gather->folders++ > settings->job_max_files)
        return error_new(ERROR_TOO_LARGE, FIELD,
                         FIELD ": there are more than %u folders; send an archive, or let the "
                               "operator raise jobs.max_files.",
                         settings->job_max_files);
    if (host_folder_is(fd, settings->data_dir))
        return error_new(ERROR_INVALID, FIELD,
                         FIELD ": the data folder of this host is in it, which is no job's.");
    return NULL;
}

/* What is open is regular or a folder; a folder is not entered by a link. */
static struct error *take_open(struct gather *gather, int fd, const struct stat *st, bool by_link,
                               size_t used, int depth)
{
    struct error *err = NULL;

    if (S_ISDIR(st->st_mode) && !by_link)
        return take_folder(gather, fd, used, depth);
    if (S_ISREG(st->st_mode))
        err = take_file(gather, fd, st);
    else
        gather->passed_over++;
    (void)close(fd);
    return err;
}

/* It leads nowhere, or out; what was a plain folder a moment ago may be a link by now. */
static bool to_be_passed_over(int result)
{
    return result == -ENODEV || result == -ENOENT || result == -EXDEV || result == -ELOOP ||
           result == -ENOTDIR;
}

static struct error *take_entry(struct gather *gather, int dir_fd, const char *name, size_t used,
                                int depth)
{
    struct stat entry, st;
    size_t length = strlen(name);

    if (used + length + 2 > sizeof(gather->path))
        return error_new(ERROR_INVALID, FIELD, FIELD ": a path in it is too long.");
    memcpy(gather->path + used, name, length + 1);
    if (fstatat(dir_fd, name, &entry, AT_SYMLINK_NOFOLLOW) != 0)
        return NULL; /* it has vanished */
    bool is_link = S_ISLNK(entry.st_mode);
    int fd = open_beneath_plain(gather->top_fd, gather->path, BENEATH_LINKS, &st);
    if (fd >= 0)
        return take_open(gather, fd, &st, is_link, used + length, depth);
    if (!to_be_passed_over(fd))
        return fd == -EACCES
                   ? error_new(ERROR_INVALID, FIELD,
                               FIELD ": this host is not permitted to read \"%.*s\" in it.",
                               NAMED(gather))
                   : error_errno(-fd, FIELD ": opening \"%.*s\"", NAMED(gather));
    gather->passed_over++;
    return NULL;
}

/* Takes the descriptor; used: length of its path. */
static struct error *take_folder(struct gather *gather, int fd, size_t used, int depth)
{
    struct error *err = check_folder(gather, fd, depth);
    DIR *made = err == NULL ? fdopendir(fd) : NULL;
    TREE_DIR_AUTO dir = made;
    const struct dirent *entry;

    if (dir == NULL) {
        if (err == NULL)
            err = error_errno(errno, FIELD ": reading a folder");
        (void)close(fd);
        return err;
    }
    if (used > 0)
        gather->path[used++] = '/';
    while (err == NULL && (entry = readdir(dir)) != NULL)
        if (!tree_is_dot(entry->d_name))
            err = take_entry(gather, dirfd(dir), entry->d_name, used, depth + 1);
    return err;
}

/* ---- the whole ---- */

static struct error *take_top(struct gather *gather, const struct stat *st)
{
    const char *path = gather->submission->record->input_path;

    if (S_ISDIR(st->st_mode)) {
        int fd = fcntl(gather->top_fd, F_DUPFD_CLOEXEC, 0);

        return fd < 0 ? error_errno(errno, FIELD ": opening it") : take_folder(gather, fd, 0, 0);
    }
    (void)strncpy(gather->path, strrchr(path, '/') + 1, sizeof(gather->path) - 1);
    return take_file(gather, gather->top_fd, st);
}

static struct error *check_clashes(const struct submission *submission)
{
    ERROR_AUTO clash = submission_check_clashes(submission);

    return clash == NULL ? NULL
                         : error_new(ERROR_INVALID, FIELD,
                                     FIELD " brings what files brings too (%s)", clash->message);
}

struct error *input_copy(const struct input_source *source, struct submission *submission,
                         struct staging **staging)
{
    struct gather gather = { .source = source,
                             .submission = submission,
                             .staging = staging,
                             .room = submission->file_count };
    const struct settings *settings = source->settings;
    struct host_path path;
    struct stat st;
    size_t before = submission->file_count;
    struct error *err = host_path_find(settings, FIELD, submission->record->input_path, &path);

    *staging = NULL;
    if (err == NULL)
        err = host_file_open(&path, settings->data_dir, &gather.top_fd, &st);
    if (err != NULL)
        return err;
    err = take_top(&gather, &st);
    (void)close(gather.top_fd);
    if (gather.passed_over > 0)
        log_line(LOG_LEVEL_WARNING, submission->record->id, NULL,
                 FIELD ": %u links that lead out of it, FIFOs, sockets or devices are not copied",
                 gather.passed_over);
    if (err == NULL && before > 0 && submission->file_count > before)
        err = check_clashes(submission);
    return err;
}
