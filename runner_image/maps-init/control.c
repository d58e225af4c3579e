/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TERMINATION_LOG "/dev/termination-log"

enum { FILE_MODE = 0600 };

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text += n;
        length -= (size_t)n;
    }
    return true;
}

/* Some network file systems cannot sync a folder, and say EINVAL. */
static bool sync_folder(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL;
}

bool control_open(const char *dir, int *control_fd, struct sentence *why)
{
    *control_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*control_fd < 0)
        return sentence_set(why, "The control folder \"%.120s\" cannot be opened: %s.", dir,
                            strerror(errno));
    return true;
}

enum claim control_claim_start(int control_fd, uint32_t attempt, struct sentence *why)
{
    char name[sizeof(MAPS_INIT_STARTED_PREFIX) + 16];

    (void)snprintf(name, sizeof(name), "%s%" PRIu32, MAPS_INIT_STARTED_PREFIX, attempt);
    int fd = openat(control_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0 && errno == EEXIST) {
        (void)sentence_set(why,
                           "Attempt %" PRIu32 " of this job has started before.  A script is never "
                           "started twice, so nothing was done.",
                           attempt);
        return CLAIM_TAKEN;
    }
    bool durable = fd >= 0 && sync_folder(control_fd); /* it is empty: its name is all */

    if (!durable) {
        (void)sentence_set(why, "The start marker \"%s\" cannot be written: %s.", name,
                           strerror(errno));
        if (fd >= 0)
            (void)unlinkat(control_fd, name, 0); /* nothing was started */
    }
    if (fd >= 0)
        (void)close(fd);
    return durable ? CLAIM_MADE : CLAIM_FAILED;
}

bool control_open_log(int control_fd, int *log_fd, struct sentence *why)
{
    *log_fd = openat(control_fd, MAPS_INIT_LOG,
                     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (*log_fd < 0)
        return sentence_set(why, "The log file cannot be opened: %s.", strerror(errno));
    return true;
}

/* Whatever the script may have put there in the meantime is not written through. */
static int create_afresh(int control_fd)
{
    (void)unlinkat(control_fd, MAPS_INIT_EXIT_TMP, 0);
    return openat(control_fd, MAPS_INIT_EXIT_TMP, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  FILE_MODE);
}

bool control_write_exit(int control_fd, const char *text, size_t length, struct sentence *why)
{
    int fd = create_afresh(control_fd);
    bool durable = fd >= 0 && write_all(fd, text, length) && fsync(fd) == 0 &&
                   renameat(control_fd, MAPS_INIT_EXIT_TMP, control_fd, MAPS_INIT_EXIT) == 0 &&
                   sync_folder(control_fd);

    if (!durable)
        (void)sentence_set(why, "The exit record cannot be written: %s.", strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return durable;
}

void control_write_termination_log(const char *text, size_t length)
{
    int fd = open(TERMINATION_LOG, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return;
    (void)write_all(fd, text, length);
    (void)close(fd);
}
