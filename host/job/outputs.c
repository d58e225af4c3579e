/* SPDX-License-Identifier: Apache-2.0 */
/* The output files of a job, as the front doors see them: regular files only, never
 * through a symbolic link, never outside output/. */
#include "job/beneath.h"
#include "job/folder.h"
#include "job/jobs_rooms.h"
#include "job/output_archive.h"
#include "job/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t modified_ms(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

/* Nothing there that could be served: absent, a link, a socket, or shut off by the script. */
static bool is_no_output(int result)
{
    switch (result) {
    case -ENOENT:
    case -ENOTDIR:
    case -ELOOP:
    case -EXDEV:
    case -EACCES:
    case -ENXIO:
    case -ENAMETOOLONG:
        return true;
    default:
        return false;
    }
}

struct error *jobs_open_output(const struct jobs *jobs, const char *job_id, const char *path,
                               int *fd, struct stat *status)
{
    int dir_fd = folder_open_output(jobs->folders, job_id);
    int file_fd = dir_fd < 0 ? dir_fd : open_beneath(dir_fd, path, O_RDONLY, BENEATH_NO_LINKS);

    if (dir_fd >= 0)
        (void)close(dir_fd);
    if (is_no_output(file_fd))
        return error_new(ERROR_NOT_FOUND, NULL, "Job %s has no output file \"%s\".", job_id, path);
    if (file_fd < 0)
        return error_errno(-file_fd, "Opening output file \"%s\" of job %s", path, job_id);
    if (fstat(file_fd, status) != 0 || !S_ISREG(status->st_mode)) {
        (void)close(file_fd);
        return error_new(ERROR_NOT_FOUND, NULL,
                         "Output \"%s\" of job %s is not a regular file; only those are served.",
                         path, job_id);
    }
    *fd = file_fd;
    return NULL;
}

/* Of a job that is being deleted the folder may be gone. */
static struct error *no_folder(int result, const char *job_id)
{
    if (result == -ENOENT)
        return error_new(ERROR_NOT_FOUND, NULL, "Job %s has no outputs: it is being deleted.",
                         job_id);
    return error_errno(-result, "Opening the outputs of job %s", job_id);
}

struct error *jobs_open_archive(const struct jobs *jobs, const char *job_id,
                                struct output_archive **archive)
{
    int dir_fd = folder_open_output(jobs->folders, job_id);

    if (dir_fd < 0)
        return no_folder(dir_fd, job_id);
    *archive = output_archive_new(dir_fd);
    if (*archive == NULL)
        return error_new(ERROR_INTERNAL, NULL, "Out of memory while opening the outputs of job %s.",
                         job_id);
    return NULL;
}

struct listing {
    struct output_file *files;
    size_t count, room, limit;
    bool more, failed;
};

static bool add_output(void *context, const char *path, const struct stat *st)
{
    struct listing *listing = context;

    if (!S_ISREG(st->st_mode))
        return true;
    if (listing->count == listing->limit) {
        listing->more = true;
        return false;
    }
    if (listing->count == listing->room) {
        size_t room = listing->room == 0 ? 16 : listing->room * 2;
        struct output_file *files = realloc(listing->files, room * sizeof(*files));
        if (files == NULL) {
            listing->failed = true;
            return false;
        }
        listing->files = files;
        listing->room = room;
    }
    struct output_file file = { strdup(path), (uint64_t)st->st_size, modified_ms(st) };
    if (file.path == NULL) {
        listing->failed = true;
        return false;
    }
    listing->files[listing->count++] = file;
    return true;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct output_file *)a)->path, ((const struct output_file *)b)->path);
}

struct error *jobs_list_outputs(const struct jobs *jobs, const char *job_id, size_t limit,
                                struct output_file **files, size_t *count, bool *more)
{
    struct listing listing = { .limit = limit };
    int dir_fd = folder_open_output(jobs->folders, job_id);

    if (dir_fd < 0)
        return no_folder(dir_fd, job_id);
    int result = tree_walk(dir_fd, add_output, &listing);
    (void)close(dir_fd);
    if (listing.failed || (result != 0 && result != -ELOOP)) {
        output_files_free(listing.files, listing.count);
        return error_errno(listing.failed ? ENOMEM : -result, "Listing the outputs of job %s",
                           job_id);
    }
    if (listing.count > 0)
        qsort(listing.files, listing.count, sizeof(*listing.files), by_path);
    *files = listing.files;
    *count = listing.count;
    *more = listing.more || result == -ELOOP;
    return NULL;
}

void output_files_free(struct output_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(files[i].path);
    free(files);
}
