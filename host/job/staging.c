/* SPDX-License-Identifier: Apache-2.0 */
#include "job/staging.h"

#include "job/id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* After so many bytes the disk is asked to begin with them, so that the sync at the end, on
 * which a client waits, is short. */
enum { WRITE_BEHIND_BYTES = 8 << 20 };

struct staging {
    int incoming_fd, dir_fd;
    char id[JOB_ID_BYTES];
    unsigned count;
    int fd; /* the file being written, or -1 */
    uint64_t length, behind;
    struct sha256_ctx hash;
};

struct error *staging_new(int incoming_fd, struct staging **staging)
{
    struct staging *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return error_errno(ENOMEM, "Taking the files");
    made->incoming_fd = incoming_fd;
    made->fd = made->dir_fd = -1;
    job_id_make(made->id);
    if (mkdirat(incoming_fd, made->id, 0700) == 0)
        made->dir_fd = openat(incoming_fd, made->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (made->dir_fd < 0) {
        struct error *err = error_errno(errno, "Making a folder for the files that arrive");
        staging_free(made);
        return err;
    }
    *staging = made;
    return NULL;
}

void staging_free(struct staging *staging)
{
    char name[16];

    if (staging == NULL)
        return;
    if (staging->fd >= 0)
        (void)close(staging->fd);
    for (unsigned i = 0; staging->dir_fd >= 0 && i < staging->count; i++) {
        (void)snprintf(name, sizeof(name), "%u", i);
        (void)unlinkat(staging->dir_fd, name, 0); /* not there if a job has it */
    }
    if (staging->dir_fd >= 0)
        (void)close(staging->dir_fd);
    (void)unlinkat(staging->incoming_fd, staging->id, AT_REMOVEDIR);
    free(staging);
}

struct error *staging_begin(struct staging *staging)
{
    char name[16];

    (void)snprintf(name, sizeof(name), "%u", staging->count);
    staging->fd = openat(staging->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (staging->fd < 0)
        return error_errno(errno, "Making a file for what arrives");
    staging->count++;
    staging->length = staging->behind = 0;
    sha256_init(&staging->hash);
    return NULL;
}

int staging_fd(const struct staging *staging)
{
    return staging->fd;
}

static void write_behind(struct staging *staging)
{
    uint64_t length = staging->length - staging->behind;

    if (length < WRITE_BEHIND_BYTES)
        return;
    (void)sync_file_range(staging->fd, (off_t)staging->behind, (off_t)length,
                          SYNC_FILE_RANGE_WRITE);
    staging->behind = staging->length;
}

struct error *staging_write(struct staging *staging, const char *bytes, size_t length)
{
    sha256_update(&staging->hash, length, (const uint8_t *)bytes);
    while (length > 0) {
        ssize_t n = write(staging->fd, bytes, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(errno, "Writing a file that arrives");
        bytes += n;
        length -= (size_t)n;
        staging->length += (uint64_t)n;
    }
    write_behind(staging);
    return NULL;
}

struct error *staging_end(struct staging *staging, uint64_t *length,
                          uint8_t digest[static SHA256_DIGEST_SIZE])
{
    int result = close(staging->fd);

    staging->fd = -1;
    *length = staging->length;
    sha256_digest(&staging->hash, SHA256_DIGEST_SIZE, digest);
    return result == 0 ? NULL : error_errno(errno, "Writing a file that arrives");
}

char *staging_name(const struct staging *staging)
{
    char *name = NULL;

    return asprintf(&name, "%s/%u", staging->id, staging->count - 1) < 0 ? NULL : name;
}
