/* SPDX-License-Identifier: Apache-2.0 */
#include "job/folder.h"

#include "job/id.h"
#include "job/tree.h"
#include "tree_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folders {
    char *data_dir;
    int jobs_fd, trash_fd, incoming_fd;
    uid_t runner_uid;
    gid_t runner_gid;
};

enum { OPEN_DIR = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
#define FD_AUTO __attribute__((cleanup(close_fd))) int

/* Makes a folder if need be and opens it; -1 with errno. */
static int make_dir_at(int parent_fd, const char *name, mode_t mode)
{
    if (mkdirat(parent_fd, name, mode) != 0 && errno != EEXIST)
        return -1;
    int fd = openat(parent_fd, name, OPEN_DIR);
    /* the umask may be strict, and the runner's uid must be able to pass */
    if (fd >= 0 && fchmod(fd, mode) != 0) {
        int saved = errno;
        (void)close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

struct error *folders_open(const char *data_dir, uid_t runner_uid, gid_t runner_gid,
                           struct folders **folders)
{
    struct folders *made = calloc(1, sizeof(*made));
    FD_AUTO data_fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (made == NULL)
        return error_errno(ENOMEM, "Opening the data folder %s", data_dir);
    made->data_dir = strdup(data_dir);
    made->runner_uid = runner_uid;
    made->runner_gid = runner_gid;
    made->jobs_fd = data_fd < 0 ? -1 : make_dir_at(data_fd, "jobs", 0711);
    made->trash_fd = made->jobs_fd < 0 ? -1 : make_dir_at(data_fd, "trash", 0700);
    made->incoming_fd = made->trash_fd < 0 ? -1 : make_dir_at(data_fd, "incoming", 0700);
    if (made->incoming_fd < 0 || made->data_dir == NULL) {
        struct error *err = error_errno(errno, "Opening the data folder %s", data_dir);
        folders_close(made);
        return err;
    }
    *folders = made;
    return NULL;
}

int folders_incoming(const struct folders *folders)
{
    return folders->incoming_fd;
}

void folders_close(struct folders *folders)
{
    if (folders == NULL)
        return;
    close_fd(&folders->jobs_fd);
    close_fd(&folders->trash_fd);
    close_fd(&folders->incoming_fd);
    free(folders->data_dir);
    free(folders);
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

/* A new file, durable when this returns 0. */
static int write_file_at(int dir_fd, const char *name, const char *bytes, size_t length)
{
    FD_AUTO fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    int result;

    if (fd < 0)
        return -errno;
    result = write_all(fd, bytes, length);
    if (result == 0 && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
        result = -errno;
    return result;
}

/* Moves a file that has been staged; durable when this returns 0.  (Admission has seen to it
 * that no two have one name.) */
static int move_file_to(int dir_fd, const char *name, int incoming_fd, const char *staged)
{
    FD_AUTO fd = openat(incoming_fd, staged, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 || fchmod(fd, 0644) != 0 || fsync(fd) != 0 ||
        renameat(incoming_fd, staged, dir_fd, name) != 0)
        return -errno;
    return 0;
}

/* Writes one input file, making the folders on its path; syncs those too. */
static int write_input(int input_fd, const struct submission_file *file, int incoming_fd)
{
    char path[4096];
    char *rest = path;
    int dir_fd = dup(input_fd);
    int result = 0;

    (void)snprintf(path, sizeof(path), "%s", file->path);
    for (char *slash; dir_fd >= 0 && (slash = strchr(rest, '/')) != NULL; rest = slash + 1) {
        *slash = '\0';
        int next = make_dir_at(dir_fd, rest, 0755);
        if (next >= 0)
            (void)fsync(dir_fd);
        else
            result = -errno;
        (void)close(dir_fd);
        dir_fd = next;
    }
    if (dir_fd < 0)
        return result != 0 ? result : -errno;
    if (file->staged == NULL)
        result = write_file_at(dir_fd, rest, file->bytes, file->length);
    else
        result = move_file_to(dir_fd, rest, incoming_fd, file->staged);
    if (result == 0 && fsync(dir_fd) != 0)
        result = -errno;
    (void)close(dir_fd);
    return result;
}

/* A folder that belongs to the runner. */
static int make_runner_dir(const struct folders *folders, int job_fd, const char *name)
{
    FD_AUTO fd = make_dir_at(job_fd, name, 0700);

    if (fd < 0)
        return -errno;
    if (geteuid() == 0 && fchown(fd, folders->runner_uid, folders->runner_gid) != 0)
        return -errno;
    return 0;
}

static int make_runtime_dir(int job_fd)
{
    FD_AUTO fd = make_dir_at(job_fd, "runtime", 0700);

    return fd < 0 ? -errno : 0;
}

static int fill_folder(struct folders *folders, int job_fd, const struct submission *submission)
{
    FD_AUTO input_fd = make_dir_at(job_fd, "input", 0755);
    int result = input_fd < 0 ? -errno : 0;

    for (size_t i = 0; result == 0 && i < submission->file_count; i++)
        result = write_input(input_fd, &submission->files[i], folders->incoming_fd);
    if (result == 0)
        result = write_file_at(job_fd, submission->record->script_name, submission->script,
                               submission->script_length);
    if (result == 0)
        result =
            write_file_at(job_fd, "request.json", submission->request, submission->request_length);
    if (result == 0)
        result = make_runner_dir(folders, job_fd, "output");
    if (result == 0)
        result = make_runner_dir(folders, job_fd, "control");
    if (result == 0)
        result = make_runtime_dir(job_fd);
    if (result == 0 && fsync(job_fd) != 0)
        result = -errno;
    if (result == 0 && fsync(folders->jobs_fd) != 0)
        result = -errno;
    return result;
}

struct error *folder_create(struct folders *folders, const struct submission *submission)
{
    const char *id = submission->record->id;

    if (mkdirat(folders->jobs_fd, id, 0755) != 0) {
        if (errno == EEXIST)
            return error_new(ERROR_CONFLICT, "job_id",
                             "There is a job with the id %s already; choose another.", id);
        return error_errno(errno, "Making the folder of job %s", id);
    }
    FD_AUTO job_fd = make_dir_at(folders->jobs_fd, id, 0755);
    int result = job_fd < 0 ? -errno : fill_folder(folders, job_fd, submission);
    if (result == 0)
        return NULL;
    error_free(folder_remove(folders, id));
    /* a file and a folder of one name, or one file twice */
    if (result == -EEXIST || result == -ENOTDIR || result == -EISDIR)
        return error_new(ERROR_INVALID, "files",
                         "Two of the files have the same path, or one is a folder of another.");
    return error_errno(-result, "Writing the files of job %s", id);
}

static struct error *reset_dir(struct folders *folders, const char *job_id, const char *name)
{
    FD_AUTO job_fd = openat(folders->jobs_fd, job_id, OPEN_DIR);
    int result = job_fd < 0 ? -errno : tree_remove(job_fd, name);

    if (result == 0)
        result = strcmp(name, "control") == 0 ? make_runner_dir(folders, job_fd, name)
                                              : make_runtime_dir(job_fd);
    return result == 0 ? NULL : error_errno(-result, "Resetting the folder of job %s", job_id);
}

struct error *folder_reset(struct folders *folders, const char *job_id)
{
    struct error *err = reset_dir(folders, job_id, "control");

    return err != NULL ? err : reset_dir(folders, job_id, "runtime");
}

struct error *folder_remove(struct folders *folders, const char *job_id)
{
    char suffix[JOB_ID_BYTES], name[2 * JOB_ID_BYTES];
    int result;

    job_id_make(suffix);
    (void)snprintf(name, sizeof(name), "%s.%s", job_id, suffix);
    if (renameat(folders->jobs_fd, job_id, folders->trash_fd, name) != 0)
        return errno == ENOENT ? NULL : error_errno(errno, "Removing the folder of job %s", job_id);
    result = tree_remove(folders->trash_fd, name);
    return result == 0 ? NULL : error_errno(-result, "Removing the files of job %s", job_id);
}

struct names {
    char **items;
    size_t count, room;
};

static int add_name(struct names *names, const char *name)
{
    if (names->count == names->room) {
        size_t room = names->room == 0 ? 64 : names->room * 2;
        char **items = realloc(names->items, room * sizeof(*items));
        if (items == NULL)
            return -ENOMEM;
        names->items = items;
        names->room = room;
    }
    names->items[names->count] = strdup(name);
    return names->items[names->count++] == NULL ? -ENOMEM : 0;
}

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

static int list_names(int dir_fd, struct names *names)
{
    int fd = openat(dir_fd, ".", OPEN_DIR);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    int result = 0;

    if (dir == NULL)
        return -errno;
    while (result == 0 && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = add_name(names, entry->d_name);
    (void)closedir(dir);
    return result;
}

void folders_drop_incoming(struct folders *folders)
{
    __attribute__((cleanup(free_names))) struct names names = { 0 };

    (void)list_names(folders->incoming_fd, &names);
    for (size_t i = 0; i < names.count; i++)
        (void)renameat(folders->incoming_fd, names.items[i], folders->trash_fd, names.items[i]);
}

void folders_empty_trash(struct folders *folders)
{
    __attribute__((cleanup(free_names))) struct names names = { 0 };

    (void)list_names(folders->trash_fd, &names);
    for (size_t i = 0; i < names.count; i++)
        (void)tree_remove(folders->trash_fd, names.items[i]);
}

struct error *folders_each(struct folders *folders,
                           void (*found)(void *context, const char *job_id), void *context)
{
    __attribute__((cleanup(free_names))) struct names names = { 0 };
    int result = list_names(folders->jobs_fd, &names);

    if (result != 0)
        return error_errno(-result, "Reading the folder %s/jobs", folders->data_dir);
    for (size_t i = 0; i < names.count; i++)
        if (job_id_valid(names.items[i]))
            found(context, names.items[i]);
    return NULL;
}

char *folder_path(const struct folders *folders, const char *job_id, const char *name)
{
    char *path = NULL;

    return asprintf(&path, "%s/jobs/%s/%s", folders->data_dir, job_id, name) < 0 ? NULL : path;
}

uint64_t folder_measure(const struct folders *folders, const char *job_id)
{
    FD_AUTO fd = openat(folders->jobs_fd, job_id, OPEN_DIR);
    struct tree_usage usage = { 0, 0 };
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return 0;
    (void)tree_measure(fd, 0, 0, &usage);
    return usage.bytes + (uint64_t)st.st_blocks * 512u;
}

int folder_open_output(const struct folders *folders, const char *job_id)
{
    char path[JOB_ID_BYTES + 8];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/output", job_id);
    fd = openat(folders->jobs_fd, path, OPEN_DIR);
    if (fd < 0 && errno == EACCES) { /* closed by its script */
        tree_unlock_dir(folders->jobs_fd, path);
        fd = openat(folders->jobs_fd, path, OPEN_DIR);
    }
    return fd < 0 ? -errno : fd;
}
