/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the generated filters through a BPF interpreter: every decision of both machines
 * can be asked for, whatever this kernel and this user could do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <seccomp_filter.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct machine {
    const char *name;
    uint32_t audit, libseccomp;
    const struct sock_filter *program;
    size_t length;
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct machine machines[] = {
    { "x86_64", AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, seccomp_filter_x86_64,
      LENGTH(seccomp_filter_x86_64) },
    { "aarch64", AUDIT_ARCH_AARCH64, SCMP_ARCH_AARCH64, seccomp_filter_aarch64,
      LENGTH(seccomp_filter_aarch64) },
};

static int jumps(const struct sock_filter *instruction, uint32_t accumulator)
{
    switch (BPF_OP(instruction->code)) {
    case BPF_JEQ:
        return accumulator == instruction->k;
    case BPF_JGT:
        return accumulator > instruction->k;
    case BPF_JGE:
        return accumulator >= instruction->k;
    case BPF_JSET:
        return (accumulator & instruction->k) != 0;
    default:
        fail_msg("unknown jump 0x%x", instruction->code);
        return 0;
    }
}

static uint32_t run(const struct machine *machine, const struct seccomp_data *data)
{
    uint32_t accumulator = 0;

    for (size_t at = 0; at < machine->length; at++) {
        const struct sock_filter *instruction = &machine->program[at];

        switch (instruction->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(instruction->k + 4 <= sizeof(*data));
            memcpy(&accumulator, (const char *)data + instruction->k, sizeof(accumulator));
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            accumulator &= instruction->k;
            break;
        case BPF_RET | BPF_K:
            return instruction->k;
        case BPF_JMP | BPF_JA:
            at += instruction->k;
            break;
        default:
            assert_int_equal(BPF_CLASS(instruction->code), BPF_JMP);
            at += jumps(instruction, accumulator) ? instruction->jt : instruction->jf;
        }
    }
    fail_msg("the program has no end");
    return 0;
}

static uint32_t decide(const struct machine *machine, const char *name, uint64_t first,
                       uint64_t second)
{
    struct seccomp_data data = { .arch = machine->audit, .args = { first, second } };

    data.nr = seccomp_syscall_resolve_name_arch(machine->libseccomp, name);
    if (data.nr < 0)
        return SECCOMP_RET_ALLOW; /* this machine has no such call */
    return run(machine, &data);
}

static void assert_decides(const char *name, uint64_t first, uint64_t second, uint32_t decision)
{
    for (size_t i = 0; i < LENGTH(machines); i++) {
        uint32_t decided = decide(&machines[i], name, first, second);

        if (decided != decision)
            fail_msg("%s: %s(%#llx, %#llx): %#x", machines[i].name, name, (unsigned long long)first,
                     (unsigned long long)second, decided);
    }
}

static void assert_errno(const char *name, uint64_t first, uint64_t second, int errnum)
{
    assert_decides(name, first, second, SECCOMP_RET_ERRNO | (uint32_t)errnum);
}

static void assert_allowed(const char *name, uint64_t first, uint64_t second)
{
    assert_decides(name, first, second, SECCOMP_RET_ALLOW);
}

static void calls_no_job_needs_are_denied(void **state)
{
    static const char *const calls[] = {
        "setns",
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "move_mount",
        "open_tree",
        "fsopen",
        "fsconfig",
        "fsmount",
        "fspick",
        "mount_setattr",
        "add_key",
        "request_key",
        "keyctl",
        "ptrace",
        "process_vm_readv",
        "process_vm_writev",
        "pidfd_getfd",
        "kcmp",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "io_uring_setup",
        "io_uring_enter",
        "io_uring_register",
        "open_by_handle_at",
        "acct",
        "quotactl",
        "reboot",
        "swapon",
        "swapoff",
        "kexec_load",
        "kexec_file_load",
        "init_module",
        "finit_module",
        "delete_module",
        "settimeofday",
        "clock_settime",
        "adjtimex",
        "sethostname",
        "move_pages",
        "lookup_dcookie",
        "syslog",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(calls); i++)
        assert_errno(calls[i], 0, 0, EPERM);
    assert_errno("clone3", 0, 0, ENOSYS);
    assert_int_equal(decide(&machines[0], "iopl", 3, 0), SECCOMP_RET_ERRNO | EPERM);
    assert_int_equal(decide(&machines[0], "ioperm", 0, 0), SECCOMP_RET_ERRNO | EPERM);
    assert_int_equal(decide(&machines[0], "modify_ldt", 0, 0), SECCOMP_RET_ERRNO | EPERM);
}

static void namespaces_are_denied_and_threads_are_not(void **state)
{
    const uint64_t flags[] = { CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                               CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET };
    const uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                            CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
                            CLONE_CHILD_CLEARTID;

    (void)state;
    for (size_t i = 0; i < LENGTH(flags); i++) {
        assert_errno("clone", flags[i], 0, EPERM);
        assert_errno("clone", flags[i] | thread, 0, EPERM);
        assert_errno("clone", flags[i] | 0xf00000000ull, 0, EPERM);
        assert_errno("unshare", flags[i], 0, EPERM);
    }
    assert_errno("unshare", 0x80, 0, EPERM); /* CLONE_NEWTIME */
    assert_allowed("clone", thread, 0);
    assert_allowed("clone", CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | 17, 0); /* fork */
    assert_allowed("clone", CLONE_VM | CLONE_VFORK | 17, 0);
    assert_allowed("unshare", CLONE_FS | CLONE_FILES, 0);
}

/* The kernel cuts these arguments to 32 bits; a filter that compares 64 can be passed. */
static void families_are_denied_whatever_the_upper_bits(void **state)
{
    const uint64_t upper[] = { 0, 1ull << 32, 0xffffffffull << 32 };

    (void)state;
    for (size_t i = 0; i < LENGTH(upper); i++) {
        assert_errno("socket", upper[i] | AF_ALG, SOCK_SEQPACKET, EAFNOSUPPORT);
        assert_errno("socket", upper[i] | AF_VSOCK, SOCK_STREAM, EAFNOSUPPORT);
        assert_errno("ioctl", 0, upper[i] | TIOCSTI, EPERM);
        assert_errno("ioctl", 0, upper[i] | TIOCLINUX, EPERM);
    }
    assert_allowed("socket", AF_UNIX, SOCK_STREAM);
    assert_allowed("socket", AF_INET, SOCK_STREAM);
    assert_allowed("socket", AF_INET6, SOCK_DGRAM);
    assert_allowed("socket", AF_NETLINK, SOCK_RAW);
    assert_allowed("ioctl", 0, TIOCGWINSZ);
    assert_allowed("ioctl", TIOCSTI, 0);
}

static void only_the_usual_personalities_are_allowed(void **state)
{
    const uint64_t usual[] = { 0, 8, 0x20000, 0x20008, 0xffffffff };
    const uint64_t unusual[] = { 1,          4,          0x10,       0x40000,    0x400000,
                                 0x440000,   0x80000000, 0xfffffffe, 0x7fffffff, 0xfffdffff,
                                 0xfffffff7, 0xfffdfff7, 0x400008,   0xffbfffff, 0x55555555 };

    (void)state;
    for (size_t i = 0; i < LENGTH(usual); i++)
        assert_allowed("personality", usual[i], 0);
    for (size_t i = 0; i < LENGTH(unusual); i++)
        assert_errno("personality", unusual[i], 0, EPERM);
}

static void ordinary_work_is_allowed(void **state)
{
    static const char *const calls[] = {
        "read",
        "write",
        "openat",
        "close",
        "mmap",
        "mprotect",
        "execve",
        "execveat",
        "exit_group",
        "futex",
        "wait4",
        "waitid",
        "pipe2",
        "dup3",
        "socketpair",
        "connect",
        "epoll_wait",
        "rt_sigaction",
        "prctl",
        "seccomp",
        "getrandom",
        "memfd_create",
        "sched_yield",
        "set_robust_list",
        "set_tid_address",
        "rseq",
        "pidfd_open",
        "kill",
        "tgkill",
        "setsid",
        "fallocate",
        "statx",
        "renameat2",
        "inotify_init1",
        "eventfd2",
        "timerfd_create",
        "clock_gettime",
        "uname",
        "prlimit64",
        "close_range",
        "faccessat2",
        "epoll_pwait2",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(calls); i++)
        assert_allowed(calls[i], 0, 0);
}

static void foreign_calling_conventions_are_killed(void **state)
{
    const struct seccomp_data i386 = { .arch = AUDIT_ARCH_I386, .nr = 20 };
    const struct seccomp_data arm = { .arch = AUDIT_ARCH_ARM, .nr = 20 };
    const struct seccomp_data x32 = { .arch = AUDIT_ARCH_X86_64, .nr = 0x40000000 + 39 };

    (void)state;
    assert_true(run(&machines[0], &i386) == SECCOMP_RET_KILL_PROCESS);
    assert_true(run(&machines[0], &x32) == SECCOMP_RET_KILL_PROCESS);
    assert_true(run(&machines[1], &arm) == SECCOMP_RET_KILL_PROCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_no_job_needs_are_denied),
        cmocka_unit_test(namespaces_are_denied_and_threads_are_not),
        cmocka_unit_test(families_are_denied_whatever_the_upper_bits),
        cmocka_unit_test(only_the_usual_personalities_are_allowed),
        cmocka_unit_test(ordinary_work_is_allowed),
        cmocka_unit_test(foreign_calling_conventions_are_killed),
    };

    return cmocka_run_group_tests_name("seccomp_filter", tests, NULL, NULL);
}
