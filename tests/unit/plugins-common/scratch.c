/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int scratch_setup(void **state)
{
    struct scratch *scratch = calloc(1, sizeof(*scratch));

    if (scratch == NULL)
        return -1;
    (void)snprintf(scratch->path, sizeof(scratch->path), "/tmp/maps-test-XXXXXX");
    if (mkdtemp(scratch->path) == NULL)
        return -1;
    scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = scratch;
    return scratch->fd < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

int scratch_teardown(void **state)
{
    struct scratch *scratch = *state;
    int rc = nftw(scratch->path, remove_one, 32, FTW_DEPTH | FTW_PHYS);

    close(scratch->fd);
    free(scratch);
    return rc;
}

void scratch_write(const struct scratch *scratch, const char *name, const void *bytes,
                   size_t length)
{
    int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    assert_int_equal(close(fd), 0);
}

void scratch_folder(const struct scratch *scratch, const char *name)
{
    assert_int_equal(mkdirat(scratch->fd, name, 0700), 0);
}

void scratch_holds(const struct scratch *scratch, const char *name, const char *text)
{
    int fd = openat(scratch->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char bytes[256];
    ssize_t length;

    if (fd < 0)
        fail_msg("%s: %s", name, strerror(errno));
    length = read(fd, bytes, sizeof(bytes));
    assert_int_equal(length, strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
    assert_int_equal(close(fd), 0);
}

void scratch_lacks(const struct scratch *scratch, const char *name)
{
    struct stat st;

    if (fstatat(scratch->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        fail_msg("%s is there", name);
    assert_int_equal(errno, ENOENT);
}

mode_t scratch_mode(const struct scratch *scratch, const char *name)
{
    struct stat st;

    assert_int_equal(fstatat(scratch->fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
    return st.st_mode;
}
