/* SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include "files.h"
#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

bool identity_parse_stat(const char *stat, uint64_t *start_ticks)
{
    const char *field = strrchr(stat, ')'); /* the command's name may hold anything */
    int number;

    if (field == NULL)
        return false;
    for (number = 2; number < 22; number++) {
        field = strchr(field, ' ');
        if (field == NULL)
            return false;
        field++;
    }
    return sscanf(field, "%" SCNu64, start_ticks) == 1;
}

static bool start_ticks_of(pid_t pid, uint64_t *start_ticks)
{
    char path[32], stat[1024];

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    return file_read_at(AT_FDCWD, path, stat, sizeof(stat)) > 0 &&
           identity_parse_stat(stat, start_ticks);
}

static bool boot_id_read(char boot_id[static 40])
{
    if (file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot_id, 40) < 1)
        return false;
    boot_id[strcspn(boot_id, "\n")] = '\0';
    return true;
}

bool identity_parse(char *text, size_t length, struct identity *identity)
{
    struct record record;
    uint64_t number = 0;
    char *cursor = text;

    memset(identity, 0, sizeof(*identity));
    while (record_next(&cursor, text + length, '\n', &record)) {
        if (strcmp(record.key, "boot_id") == 0)
            snprintf(identity->boot_id, sizeof(identity->boot_id), "%s", record.value);
        else if (!record_number(record.value, &number))
            return false;
        else if (strcmp(record.key, "attempt") == 0)
            identity->attempt = (uint32_t)number;
        else if (strcmp(record.key, "pid") == 0)
            identity->pid = (pid_t)number;
        else if (strcmp(record.key, "start_ticks") == 0)
            identity->start_ticks = number;
    }
    return identity->pid > 0 && identity->start_ticks > 0 && identity->boot_id[0] != '\0';
}

int identity_write(int runtime_fd, const char *name, uint32_t attempt, pid_t pid)
{
    char text[160], boot_id[40];
    uint64_t start_ticks;
    int length;

    if (!start_ticks_of(pid, &start_ticks) || !boot_id_read(boot_id))
        return -ESRCH;
    length =
        snprintf(text, sizeof(text), "attempt=%u\npid=%d\nstart_ticks=%" PRIu64 "\nboot_id=%s\n",
                 attempt, (int)pid, start_ticks, boot_id);
    return file_replace_at(runtime_fd, name, text, (size_t)length, false);
}

int identity_open(int runtime_fd, const char *name, uint32_t attempt)
{
    char text[512], boot_id[40];
    struct identity identity;
    uint64_t start_ticks;
    ssize_t length = file_read_at(runtime_fd, name, text, sizeof(text));
    int pidfd;

    if (length < 0)
        return (int)length;
    if (!identity_parse(text, (size_t)length, &identity) || identity.attempt != attempt ||
        !boot_id_read(boot_id) || strcmp(boot_id, identity.boot_id) != 0)
        return -ESRCH;
    pidfd = pidfd_of(identity.pid);
    if (pidfd < 0)
        return pidfd;
    /* The descriptor came first: if the start time fits now, it is of that process. */
    if (start_ticks_of(identity.pid, &start_ticks) && start_ticks == identity.start_ticks)
        return pidfd;
    close(pidfd);
    return -ESRCH;
}

int pidfd_of(pid_t pid)
{
    long fd = syscall(SYS_pidfd_open, pid, 0);

    return fd < 0 ? -errno : (int)fd;
}

int pidfd_kill(int pidfd, int signal)
{
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

bool pidfd_wait(int pidfd, int timeout_ms)
{
    struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
    int rc;

    do
        rc = poll(&poll_fd, 1, timeout_ms);
    while (rc < 0 && errno == EINTR);
    return rc > 0;
}
