/* SPDX-License-Identifier: Apache-2.0 */
#include "store/copy.h"
#include "store/data_folder.h"
#include "store/findings.h"
#include "store/maintenance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* How long a host may take between a folder and its row, or a row and its folder. */
enum { SETTLE_SECONDS = 3 };

/* A folder of our own for the copy. */
struct workshop {
    char folder[4096], copy[4128];
};

static struct error *open_workshop(struct workshop *workshop)
{
    const char *base = getenv("TMPDIR");

    (void)snprintf(workshop->folder, sizeof(workshop->folder), "%s/maps-check-XXXXXX",
                   base == NULL || base[0] == '\0' ? "/var/tmp" : base);
    if (mkdtemp(workshop->folder) == NULL)
        return error_errno(errno, "A folder for the copy of the store cannot be made as %s",
                           workshop->folder);
    (void)snprintf(workshop->copy, sizeof(workshop->copy), "%s/store.db", workshop->folder);
    return NULL;
}

static void close_workshop(struct workshop *workshop)
{
    store_copy_remove(workshop->copy);
    (void)rmdir(workshop->folder);
}

static void examine(const char *data_dir, const char *copy, int jobs_fd,
                    const struct folder_names *folders, struct findings *inside,
                    struct findings *between)
{
    char path[4096];
    sqlite3 *database = NULL;
    struct error *err = store_copy_open(copy, &database);

    (void)snprintf(path, sizeof(path), "%s/store.db", data_dir);
    if (err != NULL) {
        findings_add(inside, "The database %s is damaged, as a copy of it shows: %s", path,
                     err->message);
        error_free(err);
        return;
    }
    consistency_of_database(database, path, inside);
    if (inside->count == 0 && jobs_fd >= 0)
        consistency_of_folders(database, jobs_fd, folders, between);
    (void)sqlite3_close(database);
}

static int read_names(int jobs_fd, struct folder_names *names)
{
    int fd = openat(jobs_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    if (dir == NULL) {
        int result = -errno;
        if (fd >= 0)
            (void)close(fd);
        return result;
    }
    int result = folder_names_read(dir, names);
    (void)closedir(dir);
    return result;
}

/* One look at all there is. */
static struct error *look(const char *data_dir, struct findings *inside, struct findings *between)
{
    char path[4096];
    struct folder_names folders = { 0 };
    struct workshop workshop;
    struct error *err;

    (void)snprintf(path, sizeof(path), "%s/jobs", data_dir);
    int jobs_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = jobs_fd < 0 ? 0 : read_names(jobs_fd, &folders);

    err = result == 0 ? open_workshop(&workshop)
                      : error_errno(-result, "The folder %s cannot be read", path);
    if (err == NULL) {
        err = store_copy(data_dir, workshop.copy);
        if (err == NULL)
            examine(data_dir, workshop.copy, jobs_fd, &folders, inside, between);
        close_workshop(&workshop);
    }
    folder_names_clear(&folders);
    if (jobs_fd >= 0)
        (void)close(jobs_fd);
    return err;
}

static struct error *is_host_running(const char *data_dir, bool *running)
{
    int fd = -1;
    struct error *err = data_folder_keep_still(data_dir, &fd);

    if (err != NULL)
        return err;
    *running = data_folder_is_in_use(fd);
    (void)close(fd);
    return NULL;
}

/* What is between two steps of a running host is not so a moment later. */
static struct error *look_again(const char *data_dir, struct findings *between)
{
    const struct timespec moment = { .tv_sec = SETTLE_SECONDS };
    struct findings inside = { 0 }, later = { 0 }, both = { 0 };
    struct error *err;

    (void)nanosleep(&moment, NULL);
    err = look(data_dir, &inside, &later);
    for (size_t i = 0; i < between->count; i++)
        if (findings_have(&later, between->sentences[i]))
            findings_add(&both, "%s", between->sentences[i]);
    findings_clear(&inside);
    findings_clear(&later);
    findings_clear(between);
    *between = both;
    return err;
}

static void tell(const struct findings *findings, store_finding_fn found, void *context)
{
    for (size_t i = 0; i < findings->count; i++)
        found(context, findings->sentences[i]);
}

struct error *store_check(const char *data_dir, store_finding_fn found, void *context)
{
    struct findings inside = { 0 }, between = { 0 };
    bool running = false;
    struct error *err = is_host_running(data_dir, &running);

    if (err == NULL)
        err = look(data_dir, &inside, &between);
    if (err == NULL && running && between.count > 0)
        err = look_again(data_dir, &between);
    if (err == NULL && (inside.out_of_memory || between.out_of_memory))
        err = error_errno(ENOMEM, "Cannot check the store");
    if (err == NULL) {
        tell(&inside, found, context);
        tell(&between, found, context);
    }
    findings_clear(&inside);
    findings_clear(&between);
    return err;
}
