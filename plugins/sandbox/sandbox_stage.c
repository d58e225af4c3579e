/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox_stage.h"

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void fds_clear(int **fds)
{
    free(*fds);
}

/* Opened in the new namespace (the mounts of another one cannot be bound), but before the stage
 * is mounted, because sources may lie below it. */
static int open_sources(const struct view *view, int *fds, struct fault *fault)
{
    size_t i;

    for (i = 0; i < view->count; i++) {
        if (view->items[i].kind == VIEW_SYMLINK)
            continue;
        fds[i] = open(view->items[i].source, O_PATH | O_CLOEXEC);
        if (fds[i] < 0)
            return fault_errno(fault, "%s cannot be opened", view->items[i].source);
    }
    return 0;
}

static int bind_item(int fd, size_t index, struct fault *fault)
{
    char source[40], target[40];
    struct stat st;
    int rc;

    snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
    snprintf(target, sizeof(target), STAGE_DIR "/%zu", index);
    if (fstat(fd, &st) != 0)
        return fault_errno(fault, "a part of the sandbox cannot be examined");
    if (S_ISDIR(st.st_mode))
        rc = mkdir(target, 0755);
    else
        rc = mknod(target, S_IFREG | 0644, 0);
    if (rc != 0)
        return fault_errno(fault, "%s cannot be made", target);
    if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) != 0)
        return fault_errno(fault, "a part of the sandbox cannot be mounted");
    return 0;
}

static int enter_namespace(struct fault *fault)
{
    if (unshare(CLONE_NEWNS) != 0)
        return fault_errno(fault, "a mount namespace cannot be made (root without "
                                  "CAP_SYS_ADMIN? run the host as an ordinary user then)");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return fault_errno(fault, "the mounts cannot be made private");
    return 0;
}

static int mount_stage(struct fault *fault)
{
    if (mount("maps-sandbox", STAGE_DIR, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k") != 0)
        return fault_errno(fault, "a stage cannot be mounted on " STAGE_DIR);
    return 0;
}

int sandbox_stage(const struct view *view, struct fault *fault)
{
    __attribute__((cleanup(fds_clear))) int *fds = calloc(view->count, sizeof(*fds));
    int rc;
    size_t i;

    if (fds == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    rc = enter_namespace(fault);
    if (rc == 0)
        rc = open_sources(view, fds, fault);
    if (rc == 0)
        rc = mount_stage(fault);
    umask(0022);
    for (i = 0; rc == 0 && i < view->count; i++) {
        if (view->items[i].kind != VIEW_SYMLINK)
            rc = bind_item(fds[i], i, fault);
    }
    return rc;
}

int sandbox_drop(uint32_t uid, uint32_t gid, struct fault *fault)
{
    if (uid == 0 || gid == 0)
        return fault_set(fault, EPERM,
                         "scripts are not run as root: choose a jobs.runner_uid "
                         "and jobs.runner_gid other than 0");
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return fault_errno(fault, "uid %u and gid %u cannot be assumed", uid, gid);
    return 0;
}
