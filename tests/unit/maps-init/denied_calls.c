/* SPDX-License-Identifier: Apache-2.0 */
/* Tries what maps-init denies, in earnest, and prints what each attempt got. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void show(const char *name, long result)
{
    (void)printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "OK");
}

static void try_calls(void)
{
    union bpf_attr no_map = { .map_type = 0 };
    struct perf_event_attr event = { .size = sizeof(event), .exclude_kernel = 1 };

    show("AF_ALG", socket(AF_ALG, SOCK_SEQPACKET, 0));
    show("AF_VSOCK", socket(AF_VSOCK, SOCK_STREAM, 0));
    show("io_uring_setup", syscall(SYS_io_uring_setup, 1, NULL));
    show("unshare", unshare(CLONE_NEWUSER));
    show("clone", syscall(SYS_clone, CLONE_NEWUSER | 17ul, NULL, NULL, NULL, NULL));
    show("clone3", syscall(SYS_clone3, NULL, 0));
    show("setns", setns(-1, 0));
    show("mount", mount("none", "/nowhere", "tmpfs", 0, NULL));
    show("umount2", umount2("/nowhere", 0));
    show("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    show("open_tree", syscall(SYS_open_tree, -1, "/", 0));
    show("chroot", chroot("/nowhere"));
    show("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
    show("add_key", syscall(SYS_add_key, "user", "x", "y", 1, KEY_SPEC_PROCESS_KEYRING));
    show("bpf", syscall(SYS_bpf, BPF_MAP_CREATE, &no_map, sizeof(no_map)));
    show("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    show("process_vm_readv", syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0));
    show("perf_event_open", syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
    show("userfaultfd", syscall(SYS_userfaultfd, 1)); /* user mode only: free to all */
    show("personality", personality(ADDR_NO_RANDOMIZE));
    show("TIOCSTI", ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

static void try_ordinary_ones(void)
{
    show("socket", socket(AF_UNIX, SOCK_STREAM, 0));
    show("unshare of files", unshare(CLONE_FILES));
    show("query of personality", personality(0xffffffff));
}

int main(void)
{
    (void)setvbuf(stdout, NULL, _IONBF, 0);
    try_calls();
    try_ordinary_ones();
    return 0;
}
