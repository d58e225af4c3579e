/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/private_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

enum { PLUGIN_MAX_BYTES = 512 * 1024 * 1024, CHUNK_BYTES = 65536 };

/* Asks on the still empty file, so that no code is mapped by the question. */
static bool allows_code(int fd)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, page_bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

    if (page == MAP_FAILED)
        return false;
    (void)munmap(page, page_bytes);
    return true;
}

static int keep_if_it_allows_code(int fd)
{
    if (fd >= 0 && !allows_code(fd)) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

int private_copy_in_memory(const char *label)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create(label, flags | MFD_EXEC);

    if (fd < 0 && errno == EINVAL) /* a kernel that knows no MFD_EXEC needs none */
        fd = memfd_create(label, flags);
    return keep_if_it_allows_code(fd);
}

/* With a name for a moment only: not every file system knows O_TMPFILE. */
static int make_unlinked(const char *folder)
{
    char path[64];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/maps-plugin-XXXXXX", folder);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

int private_copy_on_disk(void)
{
    static const char *const folders[] = { "/tmp", "/var/tmp", "/run" };
    int fd = -1;

    for (size_t i = 0; fd < 0 && i < sizeof(folders) / sizeof(folders[0]); i++)
        fd = keep_if_it_allows_code(make_unlinked(folders[i]));
    return fd;
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

static struct error *copy_bytes(int source, int copy)
{
    char chunk[CHUNK_BYTES];
    size_t total = 0;

    for (;;) {
        ssize_t n = read(source, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(errno, "It cannot be read");
        if (n == 0)
            return NULL;
        total += (size_t)n;
        if (total > PLUGIN_MAX_BYTES)
            return error_new(ERROR_INVALID, NULL, "It is larger than %d MiB: not a plugin.",
                             PLUGIN_MAX_BYTES / (1024 * 1024));
        int errnum = write_all(copy, chunk, (size_t)n);
        if (errnum != 0)
            return error_errno(errnum, "Its private copy cannot be written");
    }
}

struct error *private_copy_make(int source, const char *label, int *copy)
{
    int fd = private_copy_in_memory(label);

    if (fd < 0)
        fd = private_copy_on_disk();
    if (fd < 0)
        return error_new(ERROR_INTERNAL, NULL,
                         "There is no place to run it from: this system lets no code be run from "
                         "memory (memfd_create, sysctl vm.memfd_noexec), /tmp, /var/tmp or /run. "
                         "Mount one of these folders without noexec.");
    struct error *err = copy_bytes(source, fd);
    if (err != NULL) {
        (void)close(fd);
        return err;
    }
    /* Not possible on disk, nor needed there: the file has no name. */
    (void)fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    *copy = fd;
    return NULL;
}
