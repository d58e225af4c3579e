/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox_start.h"

#include "bwrap_args.h"
#include "files.h"
#include "sandbox_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Everything the process that becomes bubblewrap takes along. */
struct start {
    const struct order *order;
    int runtime_fd, control_fd;
    int spec_fd, info_fd; /* -1: none (probe) */
    pid_t supervisor;
};

static int unkeep_cloexec(int fd)
{
    return fcntl(fd, F_SETFD, 0);
}

/* A file in memory that bubblewrap copies into the sandbox. */
static int text_fd(const char *text)
{
    int fd = memfd_create("etc", 0);

    if (fd < 0)
        return -1;
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int make_etc(struct bwrap_wish *wish, uint32_t uid, uint32_t gid)
{
    char passwd[256], group[128], hosts[256];

    snprintf(passwd, sizeof(passwd),
             "root:x:0:0:root:/root:/usr/sbin/nologin\n"
             "runner:x:%u:%u:runner:/tmp:/usr/sbin/nologin\n"
             "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
             uid, gid);
    snprintf(group, sizeof(group), "root:x:0:\nrunner:x:%u:\nnogroup:x:65534:\n", gid);
    wish->passwd_fd = text_fd(passwd);
    wish->group_fd = text_fd(group);
    wish->nsswitch_fd = text_fd("passwd: files\ngroup: files\nhosts: files dns\n");
    if (wish->passwd_fd < 0 || wish->group_fd < 0 || wish->nsswitch_fd < 0)
        return -errno;
    wish->hosts_fd = -1;
    if (wish->host_network)
        return 0;
    snprintf(hosts, sizeof(hosts), "127.0.0.1 localhost %s\n::1 localhost\n", wish->hostname);
    wish->hosts_fd = text_fd(hosts);
    return wish->hosts_fd < 0 ? -errno : 0;
}

static void fill_wish(const struct start *start, const struct view *view,
                      const char *const *command, struct bwrap_wish *wish)
{
    const struct order *order = start->order;

    memset(wish, 0, sizeof(*wish));
    wish->view = view;
    wish->stage = order->drop_privileges ? STAGE_DIR : NULL;
    wish->hostname = order->object_name;
    wish->host_network = order->host_network;
    wish->tmp_bytes = order->tmp_bytes;
    wish->shm_bytes = order->shm_bytes;
    wish->info_fd = start->info_fd;
    wish->command = command;
}

/* The parent may have died before PDEATHSIG was set: then nobody would ever kill us. */
static int die_with(pid_t supervisor, struct fault *fault)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return fault_errno(fault, "PR_SET_PDEATHSIG failed");
    if (getppid() != supervisor)
        return fault_set(fault, ESRCH, "the supervisor is gone");
    return 0;
}

/* Only the exec itself is left after this: privileges are gone when it returns. */
static int confine(const struct start *start, const struct view *view, struct fault *fault)
{
    const struct order *order = start->order;
    int rc = cgroup_job_enter(&order->cgroup, fault);

    if (rc == 0 && order->drop_privileges)
        rc = sandbox_stage(view, fault);
    if (rc == 0 && order->drop_privileges)
        rc = sandbox_drop(order->uid, order->gid, fault);
    if (rc == 0 && start->supervisor > 0)
        rc = die_with(start->supervisor, fault);
    return rc;
}

/* Returns only on failure.  Nothing is freed: the exec or the exit does that. */
static int become_bwrap(const struct start *start, const char *const *command, struct fault *fault)
{
    static char *const no_environment[] = { NULL };
    const struct order *order = start->order;
    struct bwrap_args args;
    struct bwrap_wish wish;
    struct view view = { 0 };
    int rc, bwrap_fd = open(order->bwrap, O_PATH | O_CLOEXEC);

    if (bwrap_fd < 0)
        return fault_errno(fault,
                           "%s cannot be opened (install bubblewrap, or set "
                           "sandbox.bwrap_path)",
                           order->bwrap);
    rc = view_add_system(&view, order->readonly_paths, order->host_network, fault);
    if (rc != 0)
        return rc;
    if (start->spec_fd >= 0)
        view_add_job(&view, order);
    fill_wish(start, &view, command, &wish);
    if (make_etc(&wish, order->drop_privileges ? order->uid : getuid(),
                 order->drop_privileges ? order->gid : getgid()) != 0)
        return fault_errno(fault, "files for /etc cannot be made");
    bwrap_args_build(&wish, &args);
    if (view.failed || args.failed)
        return fault_set(fault, ENOMEM, "out of memory");
    rc = confine(start, &view, fault);
    if (rc != 0)
        return rc;
    fexecve(bwrap_fd, args.argv, no_environment);
    return fault_errno(fault, "%s cannot be executed", order->bwrap);
}

static void take_stdio(int runtime_fd)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int stderr_fd = openat(runtime_fd, STDERR_FILE,
                           O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);

    dup2(null_fd, STDIN_FILENO);
    dup2(null_fd, STDOUT_FILENO);
    dup2(stderr_fd >= 0 ? stderr_fd : null_fd, STDERR_FILENO);
}

_Noreturn static void run_child(const struct start *start)
{
    char control[16], spec[16];
    const char *const command[] = { VIEW_INIT, "--control-fd", control, "--spec-fd", spec, NULL };
    struct fault fault;
    sigset_t none;

    snprintf(control, sizeof(control), "%d", start->control_fd);
    snprintf(spec, sizeof(spec), "%d", start->spec_fd);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    take_stdio(start->runtime_fd);
    unkeep_cloexec(start->control_fd);
    unkeep_cloexec(start->spec_fd);
    unkeep_cloexec(start->info_fd);
    become_bwrap(start, command, &fault);
    dprintf(STDERR_FILENO, "%s\n", fault.text);
    _exit(SUPERVISOR_EXIT_FAILED);
}

int sandbox_start(const struct order *order, int runtime_fd, int control_fd,
                  struct sandbox *sandbox, struct fault *fault)
{
    FD_AUTO spec_fd = openat(runtime_fd, SPEC_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct start start = { order, runtime_fd, control_fd, spec_fd, -1, getpid() };
    int info[2];

    if (spec_fd < 0)
        return fault_errno(fault, "the spec for maps-init cannot be opened");
    if (pipe2(info, O_CLOEXEC) != 0)
        return fault_errno(fault, "a pipe cannot be made");
    start.info_fd = info[1];
    sandbox->bwrap = fork();
    if (sandbox->bwrap == 0)
        run_child(&start);
    close(info[1]);
    sandbox->info_fd = info[0];
    if (sandbox->bwrap > 0)
        return 0;
    fault_errno(fault, "a process for the sandbox cannot be made");
    close(info[0]);
    return -EAGAIN;
}

int sandbox_probe(const struct order *order, struct fault *fault)
{
    static const char *const command[] = { "/usr/bin/true", NULL };
    const struct start start = { order, -1, -1, -1, -1, getppid() };

    return become_bwrap(&start, command, fault);
}
