/* SPDX-License-Identifier: Apache-2.0 */
/* The outputs of jobs of paper: files in their folders. */
#include "fake_jobs.h"
#include "job/output_archive.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

static void output_path(const struct jobs *jobs, const char *job_id, const char *name,
                        char path[static PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/%s/output/%s", fake_jobs_folder(jobs), job_id, name);
}

struct error *jobs_open_output(const struct jobs *jobs, const char *job_id, const char *path,
                               int *fd, struct stat *status)
{
    char whole[PATH_BYTES];

    output_path(jobs, job_id, path, whole);
    int file = open(whole, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return error_new(ERROR_NOT_FOUND, NULL, "There is no output file \"%s\".", path);
    (void)fstat(file, status);
    *fd = file;
    return NULL;
}

struct error *jobs_open_archive(const struct jobs *jobs, const char *job_id,
                                struct output_archive **archive)
{
    char folder[PATH_BYTES];

    output_path(jobs, job_id, "", folder);
    *archive = output_archive_new(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return NULL;
}

struct error *jobs_list_outputs(const struct jobs *jobs, const char *job_id, size_t limit,
                                struct output_file **files, size_t *count, bool *more)
{
    char folder[PATH_BYTES], path[PATH_BYTES];
    struct dirent **names = NULL;

    output_path(jobs, job_id, "", folder);
    int found = scandir(folder, &names, NULL, alphasort);
    *files = calloc(limit, sizeof(**files));
    *count = 0;
    *more = false;
    for (int i = 0; i < found; i++) {
        struct stat status;

        output_path(jobs, job_id, names[i]->d_name, path);
        if (names[i]->d_name[0] != '.' && lstat(path, &status) == 0 && *count < limit) {
            (*files)[*count].path = strdup(names[i]->d_name);
            (*files)[*count].modified_ms = (int64_t)status.st_mtime * 1000;
            (*files)[(*count)++].size = (uint64_t)status.st_size;
        }
        free(names[i]);
    }
    free(names);
    return NULL;
}

void output_files_free(struct output_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(files[i].path);
    free(files);
}

void fake_job_output(struct jobs *jobs, const char *job_id, const char *name, const void *bytes,
                     size_t length)
{
    char path[PATH_BYTES];

    output_path(jobs, job_id, name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
        abort();
    (void)close(fd);
}
