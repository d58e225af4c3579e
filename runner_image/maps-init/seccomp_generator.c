/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs at build time: compiles maps-init's seccomp filter to BPF for every machine we
 * run on and prints it as a C header, so that maps-init needs no libseccomp.
 *
 * The filter allows by default: the engine's allow-list stays in force beneath it.  It
 * denies what an unprivileged job never needs and what has led out of containers before.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* The kernel looks at the lower 32 bits of these arguments only, so must the filter. */
#define LOW_BITS 0xffffffffu

static const char *const denied[] = {
    /* namespaces; clone and unshare by their flags, see below */
    "setns",
    /* mounts, old interface and new */
    "mount",
    "umount",
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
    /* kernel keyrings */
    "add_key",
    "request_key",
    "keyctl",
    /* other processes' memory and descriptors */
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "kcmp",
    "process_madvise",
    "move_pages",
    "migrate_pages",
    /* large and often broken corners of the kernel */
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "fanotify_init",
    "lookup_dcookie",
    "open_by_handle_at",
    "uselib",
    "sysfs",
    "ustat",
    "_sysctl",
    "nfsservctl",
    "vm86",
    "vm86old",
    "modify_ldt",
    /* the whole machine */
    "acct",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "swapon",
    "swapoff",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "query_module",
    "get_kernel_syms",
    "settimeofday",
    "clock_settime",
    "stime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "syslog",
    "vhangup",
};

static const unsigned long namespace_flags[] = {
    CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
    CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET,
};

static _Noreturn void die(const char *what, int error)
{
    (void)fprintf(stderr, "The seccomp filter cannot be generated: %s: %s\n", what,
                  strerror(error < 0 ? -error : error));
    exit(1);
}

static void deny(scmp_filter_ctx filter, const char *name, int errnum)
{
    int number = seccomp_syscall_resolve_name(name);
    int error = number == __NR_SCMP_ERROR
                    ? -ENOSYS
                    : seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)errnum), number, 0);

    if (error != 0)
        die(name, error);
}

/* Denies calls in which argument & mask == value. */
static void deny_argument(scmp_filter_ctx filter, const char *name, int errnum, unsigned argument,
                          unsigned long mask, unsigned long value)
{
    struct scmp_arg_cmp test = SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value);
    int number = seccomp_syscall_resolve_name(name);
    int error =
        number == __NR_SCMP_ERROR
            ? -ENOSYS
            : seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((unsigned)errnum), number, 1, &test);

    if (error != 0)
        die(name, error);
}

static void deny_namespaces(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof(namespace_flags) / sizeof(namespace_flags[0]); i++) {
        deny_argument(filter, "clone", EPERM, 0, namespace_flags[i], namespace_flags[i]);
        deny_argument(filter, "unshare", EPERM, 0, namespace_flags[i], namespace_flags[i]);
    }
    /* In clone this bit belongs to the number of the exit signal. */
    deny_argument(filter, "unshare", EPERM, 0, CLONE_NEWTIME, CLONE_NEWTIME);
    /* Its flags lie in memory, out of a filter's reach; libraries fall back to clone. */
    deny(filter, "clone3", ENOSYS);
}

/* Allowed: the query (all bits set), and plain Linux with or without the two flags that
 * say "32 bits" and "2.6 in uname".  A rule can test an argument only once and only by
 * mask, hence: a value is denied if, going round all 32 bits, an unwanted bit is set
 * whose successor is not.  That leaves just the values without unwanted bits, and the
 * one that has them all. */
static void deny_personalities(scmp_filter_ctx filter)
{
    const unsigned long harmless = PER_LINUX32 | UNAME26;

    for (unsigned bit = 0; bit < 32; bit++) {
        unsigned next = bit;
        unsigned long one = 1ul << bit;

        if ((one & harmless) != 0) {
            next = 31;
            deny_argument(filter, "personality", EPERM, 0, 1ul << next | one, 1ul << next);
            continue;
        }
        do {
            next = (next + 1) % 32;
        } while ((1ul << next & harmless) != 0);
        deny_argument(filter, "personality", EPERM, 0, 1ul << next | one, one);
    }
}

static void add_rules(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
        deny(filter, denied[i], EPERM);
    deny_namespaces(filter);
    deny_personalities(filter);
    deny_argument(filter, "socket", EAFNOSUPPORT, 0, LOW_BITS, AF_ALG);
    deny_argument(filter, "socket", EAFNOSUPPORT, 0, LOW_BITS, AF_VSOCK);
    /* Typing into the terminal of whoever started us. */
    deny_argument(filter, "ioctl", EPERM, 1, LOW_BITS, TIOCSTI);
    deny_argument(filter, "ioctl", EPERM, 1, LOW_BITS, TIOCLINUX);
}

static scmp_filter_ctx make_filter(uint32_t architecture)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    if (filter == NULL)
        die("seccomp_init", ENOMEM);
    if (architecture != seccomp_arch_native()) {
        int error = seccomp_arch_add(filter, architecture);

        if (error != 0)
            die("seccomp_arch_add", error);
        (void)seccomp_arch_remove(filter, seccomp_arch_native());
    }
    /* A foreign calling convention would go round all that is said above. */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* search tree, not a list */
    add_rules(filter);
    return filter;
}

static void print_program(FILE *out, int fd, const char *name)
{
    struct sock_filter instruction;

    (void)fprintf(out, "static const struct sock_filter seccomp_filter_%s[] = {\n", name);
    while (read(fd, &instruction, sizeof(instruction)) == (ssize_t)sizeof(instruction))
        (void)fprintf(out, "    { 0x%04x, %u, %u, 0x%08x },\n", instruction.code, instruction.jt,
                      instruction.jf, instruction.k);
    (void)fprintf(out, "};\n");
}

static void print_filter(FILE *out, uint32_t architecture, const char *name)
{
    scmp_filter_ctx filter = make_filter(architecture);
    int fd = memfd_create("filter", MFD_CLOEXEC);
    int error = fd < 0 ? errno : seccomp_export_bpf(filter, fd);

    if (error != 0 || lseek(fd, 0, SEEK_SET) != 0)
        die(name, error != 0 ? error : errno);
    /* Programs include this header for one machine; the other filter lies idle. */
    (void)fprintf(out, "__attribute__((unused))\n");
    print_program(out, fd, name);
    (void)close(fd);
    seccomp_release(filter);
}

int main(int argc, char **argv)
{
    FILE *out = argc == 2 ? fopen(argv[1], "we") : NULL;

    if (out == NULL)
        die("usage: maps-seccomp-generator HEADER", errno);
    (void)fprintf(out, "/* Made by seccomp_generator.c. */\n#include <linux/filter.h>\n\n");
    print_filter(out, SCMP_ARCH_X86_64, "x86_64");
    print_filter(out, SCMP_ARCH_AARCH64, "aarch64");
    if (fclose(out) != 0)
        die(argv[1], errno);
    return 0;
}
